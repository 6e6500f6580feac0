//! Why a case does not pass.

use conformance_wire::ConnectError;

use crate::client::CallError;
use crate::servers::NoServer;
use crate::verdict::{Evidence, Outcome, Verdict};

/// What keeps a case from passing.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// Something else came than was expected; a line of each for each difference.
    Different {
        /// What was expected.
        expected: Vec<String>,
        /// What came.
        came: Vec<String>,
    },
    /// Nothing can be said: why.
    Error(String),
    /// It cannot be run here: why.
    Skip(String),
    /// It is about what this server need not have, and has not: what.
    NotApplicable(String),
}

/// What a check comes to.
pub type Checked<T = ()> = Result<T, Trouble>;

impl Trouble {
    /// One difference.
    #[must_use]
    pub fn different(expected: impl Into<String>, came: impl Into<String>) -> Self {
        Self::Different { expected: vec![expected.into()], came: vec![came.into()] }
    }

    /// The verdict that it leads to, with what was called.
    #[must_use]
    pub fn outcome(self, called: Evidence) -> Outcome {
        match self {
            Self::Different { expected, came } => Outcome {
                verdict: Verdict::Fail,
                reason: Some(first_difference(&expected, &came)),
                evidence: Some(Evidence { expected, came, ..called }),
            },
            Self::Error(why) => {
                Outcome { verdict: Verdict::Error, reason: Some(why), evidence: Some(called) }
            }
            Self::Skip(why) => Outcome::because(Verdict::Skip, why),
            Self::NotApplicable(why) => Outcome::because(Verdict::NotApplicable, why),
        }
    }
}

fn first_difference(expected: &[String], came: &[String]) -> String {
    match (expected.first(), came.first()) {
        (Some(expected), Some(came)) => format!("expected {expected}; came {came}"),
        (Some(expected), None) => format!("expected {expected}"),
        _ => "it is not as expected".to_owned(),
    }
}

/// `Ok` if `holds`, else this difference.
///
/// # Errors
/// It does not hold.
pub fn expect(holds: bool, expected: impl Into<String>, came: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(Trouble::different(expected, came())) }
}

impl From<CallError> for Trouble {
    fn from(error: CallError) -> Self {
        match &error {
            // The server did answer, in its way.
            CallError::Http2(h2) if h2.is_remote() => {
                Self::different("an answer with a status", error.to_string())
            }
            CallError::NoSuchKey(why) => Self::Skip(why.clone()),
            _ => Self::Error(error.to_string()),
        }
    }
}

impl From<ConnectError> for Trouble {
    fn from(error: ConnectError) -> Self {
        Self::Error(error.to_string())
    }
}

impl From<NoServer> for Trouble {
    fn from(none: NoServer) -> Self {
        match none {
            NoServer::NotThisSetup(why) => Self::Skip(why),
            NoServer::Dead(why) => Self::Error(why),
        }
    }
}
