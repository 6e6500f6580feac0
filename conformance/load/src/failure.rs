//! Why the program ends with another exit code than 0.

use std::io::{self, Write as _};

use thiserror::Error;

/// Why what was asked for was not done, or is no success.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Failure {
    /// What was asked for is not allowed: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// It was allowed, and could not be begun or brought to its end, such as without a
    /// server that answers, so that nothing is known: exit code 2.
    #[error("{0}")]
    CouldNotRun(String),
    /// It was allowed but did not work, or more calls failed than may: exit code 1.
    #[error("{0}")]
    Work(String),
    /// It was done and did not hold, which what was printed says: exit code 1.
    #[error("it does not hold")]
    Said,
    /// Nobody reads the output any more, which is no fault of anyone's.
    #[error("nobody reads the output")]
    NobodyReads,
}

impl Failure {
    /// The program's exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::CouldNotRun(_) => 2,
            Self::Work(_) | Self::Said => 1,
            Self::NobodyReads => 0,
        }
    }

    /// Tells it on standard error, if there is anything to tell.
    pub fn report(&self) {
        if matches!(self, Self::Usage(_) | Self::CouldNotRun(_) | Self::Work(_)) {
            // Where standard error is closed, the exit code must do.
            writeln!(io::stderr(), "error: {self}").ok();
        }
    }

    /// What was written to standard output could not be.
    #[must_use]
    pub fn of_output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Self::Work(format!("standard output cannot be written: {error}")),
        }
    }
}
