//! `mfn sign`: the headers of a call, for tools that cannot sign.

mod format;
mod ghz;
mod method;

use std::io::{self, Write as _};
use std::time::SystemTime;

use clap::Args;
use mfn_access::{Header, Secret, Signer, Timestamp};
use serde_json::Value;

use crate::failure::Failure;
use crate::flags::Unprinted;
use format::Format;

/// Print the headers that sign a call
#[derive(Debug, Args)]
#[command(after_help = "\
The headers hold for this method and for 300 seconds before and after the timestamp.

Examples:
  export MFN_API_KEY=a-key
  mfn sign mfn.MFNSimulationService/RunSimulation
  grpcurl -plaintext $(mfn sign mfn.MFNSimulationService/RunSimulation) \\
      -d '{\"seed\":42}' localhost:50051 mfn.MFNSimulationService/RunSimulation
  mfn sign --ghz mfn.MFNSimulationService/RunSimulation > signed.json
  ghz --config signed.json
  mfn sign --format json mfn.MFNSimulationService/RunSimulation > metadata.json
  ghz --insecure --metadata-file metadata.json ...")]
pub(crate) struct Sign {
    /// Method to call, such as mfn.MFNSimulationService/RunSimulation
    #[arg(value_name = "SERVICE/METHOD", value_parser = method::path)]
    method: String,

    /// Key to sign with; better given as a variable, which others do not see
    #[arg(long, env = "MFN_API_KEY", hide_env_values = true, value_name = "KEY")]
    api_key: Option<Unprinted>,

    /// Unix seconds, with up to 9 decimals [default: now]
    #[arg(long, value_name = "SECONDS", value_parser = timestamp)]
    timestamp: Option<String>,

    /// How to print them
    #[arg(long, value_enum, default_value_t = Format::Grpcurl)]
    format: Format,

    /// Short for --format ghz
    #[arg(long, conflicts_with = "format")]
    ghz: bool,
}

/// Names and values, in the order in which they are printed.
struct Headers<'a>([(&'static str, &'a str); 3]);

impl Sign {
    /// Prints the headers.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let Some(Unprinted(key)) = &self.api_key else {
            return Err(Failure::Usage(
                "there is no key to sign with: set MFN_API_KEY (--api-key)".to_owned(),
            ));
        };
        let secret = Secret::new(key)
            .map_err(|bad| Failure::Usage(format!("MFN_API_KEY (--api-key) {bad}")))?;
        let timestamp = self.timestamp.unwrap_or_else(now);
        let signature = Signer::new(&secret).sign(timestamp.as_bytes(), &self.method).to_string();
        let headers = Headers([
            (Header::ApiKey.name(), key),
            (Header::Timestamp.name(), &timestamp),
            (Header::Signature.name(), &signature),
        ]);
        let format = if self.ghz { Format::Ghz } else { self.format };
        let text = format.of(&self.method, &headers)?;
        let mut out = io::stdout().lock();
        writeln!(out, "{text}")?;
        Ok(out.flush()?)
    }
}

impl Headers<'_> {
    /// An object with a member for each.
    fn as_json(&self) -> Value {
        self.0.into_iter().collect()
    }
}

fn timestamp(text: &str) -> Result<String, String> {
    Timestamp::parse(text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(text.to_owned())
}

/// With decimals, since a signature may be good for one call, and two calls of one
/// second would have the same.
fn now() -> String {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{}.{:06}", since_epoch.as_secs(), since_epoch.subsec_micros())
}
