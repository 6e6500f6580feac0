//! `conformance sign`: the headers of a call, for grpcurl.

use std::io::{self, Write as _};

use clap::Args;
use conformance::case;
use conformance::client::{signed_headers, unix_now};
use conformance_load::Failure;
use conformance_wire::messages;

/// Said of a timestamp that the shell would split.
const SPACE_IN_TIMESTAMP: &str = "\
a timestamp with white space cannot be printed for grpcurl: the shell would split it";

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

    /// Timestamp to sign, word for word and without white space [default: now]
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
        if self.timestamp.as_ref().is_some_and(|text| text.contains(char::is_whitespace)) {
            return Err(Failure::Usage(SPACE_IN_TIMESTAMP.to_owned()));
        }
        let method = self.method.trim_start_matches('/');
        if messages::method(method).is_none() {
            // Where standard error is closed, the headers must do.
            writeln!(
                io::stderr(),
                "warning: '{method}' is no method of MFN; it is signed all the same"
            )
            .ok();
        }
        let sign = case::Sign {
            timestamp: self.timestamp,
            skew_seconds: self.skew,
            ..case::Sign::default()
        };
        let path = format!("/{method}");
        let headers = signed_headers(&sign, &key, &path, unix_now()).map_err(Failure::Usage)?;
        // Words of a shell: a key has no spaces.
        let flags = headers.map(|(name, value)| format!("-H {name}:{value}")).join(" ");
        writeln!(io::stdout(), "{flags}").map_err(|error| Failure::of_output(&error))
    }
}
