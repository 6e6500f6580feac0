//! What can go wrong, and what a caller sees of it: one line, one exit code.

use std::fmt::{self, Display};
use std::io::{self, Write as _};
use std::process::ExitCode;

use mfn_core::Violations;

/// Why the program ends without having done what it was asked to do.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was asked for its help or version, or for nothing.
    Told(clap::Error),
    /// What was asked for is not allowed: exit code 2.
    Usage(String),
    /// It was allowed but did not work: exit code 1.
    Work(String),
    /// Nobody reads the output any more, which is no fault of anyone's.
    NobodyReads,
}

impl Failure {
    /// Work on `what` failed.
    pub(crate) fn work(what: impl Display, cause: impl Display) -> Self {
        Self::Work(format!("{what}: {cause}"))
    }

    /// Tells the person, and the exit code.
    pub(crate) fn report(self) -> ExitCode {
        let (message, code) = match self {
            Self::Told(text) => {
                text.print().ok();
                return ExitCode::from(text.exit_code() as u8);
            }
            Self::NobodyReads => return ExitCode::SUCCESS,
            Self::Usage(message) => (message, 2),
            Self::Work(message) => (message, 1),
        };
        // Where standard error is closed, the exit code must do.
        writeln!(io::stderr(), "error: {message}").ok();
        ExitCode::from(code)
    }
}

/// The message.
impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Work(message) => f.write_str(message),
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
