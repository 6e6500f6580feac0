//! `conformance sign`: the headers of a call, for grpcurl.

use std::io::{self, Write as _};

use clap::Args;
use conformance::case;
use conformance::client::{signed_headers, unix_now};
use conformance_load::Failure;

/// Print the flags of grpcurl that sign a call with the key in `MFN_API_KEY`
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  grpcurl -plaintext $(MFN_API_KEY=a-key conformance sign mfn.MFNSimulationService/RunSimulation) \\
      -d '{\"seed\":42}' localhost:50051 mfn.MFNSimulationService/RunSimulation")]
pub(crate) struct Sign {
    /// Method to call, such as mfn.MFNSimulationService/RunSimulation
    #[arg(value_name = "SERVICE/METHOD")]
    method: String,

    /// Timestamp to sign, word for word [default: now]
    #[arg(long, value_name = "TEXT", conflicts_with = "skew")]
    timestamp: Option<String>,

    /// Seconds that the timestamp is ahead of this clock
    #[arg(long, value_name = "SECONDS")]
    skew: Option<f64>,
}

impl Sign {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let no_key = || Failure::Usage("there is no key to sign with: set MFN_API_KEY".to_owned());
        let key = std::env::var("MFN_API_KEY").map_err(|_| no_key())?;
        let sign = case::Sign {
            timestamp: self.timestamp,
            skew_seconds: self.skew,
            ..case::Sign::default()
        };
        let path = format!("/{}", self.method.trim_start_matches('/'));
        let headers = signed_headers(&sign, &key, &path, unix_now()).map_err(Failure::Usage)?;
        // Words of a shell: a key has no spaces.
        let flags = headers.map(|(name, value)| format!("-H {name}:{value}")).join(" ");
        writeln!(io::stdout(), "{flags}").map_err(|error| Failure::of_output(&error))
    }
}
