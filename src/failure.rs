//! What can go wrong, and what a caller sees of it: one line, one exit code.

use std::fmt::{self, Display};
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use mfn_core::Violations;

use crate::log_format::{LogFormat, LogLine};

/// How long standard error may take over the message.
const WRITE_TIMEOUT: Duration = Duration::from_secs(1);

/// Why the program ends without having done what it was asked to do.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was asked for its help or version, or for nothing.
    Told(clap::Error),
    /// What was asked for is not allowed: exit code 2.
    Usage(String),
    /// It was allowed but did not work: exit code 1.
    Work(String),
    /// It has come to an end that has an exit code of its own.
    Coded { code: u8, message: String },
    /// Nobody reads the output any more, which is no fault of anyone's.
    NobodyReads,
}

impl Failure {
    /// Work on `what` failed.
    pub(crate) fn work(what: impl Display, cause: impl Display) -> Self {
        Self::Work(format!("{what}: {cause}"))
    }

    /// The same, with one more sentence for the person.
    pub(crate) fn followed_by(self, sentence: &str) -> Self {
        // What has several lines gets one more.
        let joined = |message: String| {
            let between = if message.contains('\n') { "\n  " } else { "; " };
            format!("{message}{between}{sentence}")
        };
        match self {
            Self::Usage(message) => Self::Usage(joined(message)),
            Self::Work(message) => Self::Work(joined(message)),
            Self::Coded { code, message } => Self::Coded { code, message: joined(message) },
            other => other,
        }
    }

    /// Tells the person, in a line of this `format`, and the exit code.
    pub(crate) fn report(self, format: LogFormat) -> ExitCode {
        let (message, code) = match self {
            Self::Told(text) => {
                text.print().ok();
                return ExitCode::from(text.exit_code() as u8);
            }
            Self::NobodyReads => return ExitCode::SUCCESS,
            Self::Usage(message) => (message, 2),
            Self::Work(message) => (message, 1),
            Self::Coded { code, message } => (message, code),
        };
        tell(&match format {
            LogFormat::Text => format!("error: {message}\n").into_bytes(),
            LogFormat::Json => LogLine::of_error(&message),
        });
        ExitCode::from(code)
    }
}

/// Where standard error is closed, or takes nothing, the exit code must do: what
/// has failed is not to wait for a reader.
fn tell(line: &[u8]) {
    let (written, is_written) = sync_channel(1);
    let write = {
        let line = line.to_owned();
        move || {
            io::stderr().write_all(&line).ok();
            written.send(()).ok();
        }
    };
    match thread::Builder::new().spawn(write) {
        Ok(_) => drop(is_written.recv_timeout(WRITE_TIMEOUT)),
        // Threads may be what there is none of.
        Err(_) => drop(io::stderr().write_all(line)),
    }
}

/// The message.
impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Work(message) | Self::Coded { message, .. } => {
                f.write_str(message)
            }
            Self::Told(text) => text.fmt(f),
            Self::NobodyReads => Ok(()),
        }
    }
}

impl From<Violations> for Failure {
    /// Parameters by the names of their flags, all in one line.
    fn from(violations: Violations) -> Self {
        let by_flag = violations.as_slice().iter().map(|violation| {
            let flag = violation.field.replace('_', "-");
            format!("--{flag} is {}, allowed is {}", violation.value, violation.allowed)
        });
        Self::Usage(by_flag.collect::<Vec<_>>().join("; "))
    }
}

/// For what is written to standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Self::work("cannot write to standard output", error),
        }
    }
}
