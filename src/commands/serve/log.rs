//! The log: what is logged, how it looks, and where it goes.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

use super::cannot_start::cannot_start_thread;
use super::log_json::JsonLines;
use super::log_thread::LogThread;
use crate::failure::Failure;
use crate::log_format::LogFormat;

/// What the names of this project's crates begin with. `EnvFilter` compares
/// beginnings, so that this one directive is for all of them.
const OUR_CRATES: &str = "mfn";

/// Starts to log what `filter` says to standard error, as `format` has it. The last
/// lines are written when what this returns is dropped.
///
/// # Errors
/// The operating system gives no thread.
pub(super) fn start(filter: &str, format: LogFormat) -> Result<LogThread, Failure> {
    let (thread, writer) = LogThread::start(io::stderr())
        .map_err(|error| cannot_start_thread(LogThread::NAME, &error))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(directives(filter)))
        .with_writer(writer);
    match format {
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => log.event_format(JsonLines).init(),
    }
    mfn_server::log_panics();
    Ok(thread)
}

/// A level alone is that of this project's crates. The libraries under them log
/// what anyone may send, as often as it is sent, so they are silent unless they
/// are named.
fn directives(filter: &str) -> String {
    let directives = filter.split(',').map(|directive| {
        if directive.contains('=') {
            directive.to_owned()
        } else {
            format!("{OUR_CRATES}={directive}")
        }
    });
    directives.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::directives;

    // shows MFN-CONF-008
    #[test]
    fn a_level_alone_is_for_this_program_s_crates() {
        assert_eq!(directives("info"), "mfn=info");
        assert_eq!(directives("debug,h2=warn"), "mfn=debug,h2=warn");
        assert_eq!(directives("h2=debug,off"), "h2=debug,mfn=off");
    }
}
