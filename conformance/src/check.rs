//! Why a case does not pass.

use std::fmt::Display;
use std::time::Duration;

use conformance_web::ExchangeError;
use conformance_wire::ConnectError;

use crate::case::Call;
use crate::client::CallError;
use crate::servers::NoServer;
use crate::verdict::{Evidence, Outcome, Verdict};

/// What keeps a case from passing.
#[derive(Clone, Debug)]
pub enum CheckError {
    /// Something else came than was expected; a line of each for each difference.
    Different {
        /// What was expected.
        expected: Vec<String>,
        /// What came.
        actual: Vec<String>,
    },
    /// What was expected did not come in time. That is a failure, but perhaps not of
    /// the server: it may have been busy with other tests.
    NotInTime {
        /// What was expected.
        expected: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// What kept one of the calls of a procedure from passing.
    Of {
        /// The call.
        call: Box<Call>,
        /// What kept it.
        error: Box<CheckError>,
    },
    /// Two calls that should be answered alike are not: a line of each for each difference.
    Unlike {
        /// What the second call was answered.
        second: Vec<String>,
        /// What the first call was answered.
        actual: Vec<String>,
    },
    /// Nothing can be said: why.
    Error(String),
    /// It cannot be run here: why.
    Skip(String),
    /// It is about what this server need not have, and has not: what.
    NotApplicable(String),
}

/// What a check comes to.
pub type CheckResult<T = ()> = Result<T, CheckError>;

impl CheckError {
    /// One difference.
    #[must_use]
    pub fn different(expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self::Different { expected: vec![expected.into()], actual: vec![actual.into()] }
    }

    /// What did not come for so long.
    #[must_use]
    pub fn not_in_time(expected: impl Into<String>, waited: Duration) -> Self {
        Self::NotInTime { expected: expected.into(), waited }
    }

    /// Whether other tests that were under way may have caused it: they kept the
    /// server busy, or one of them has ended it.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        matches!(self.itself(), Self::NotInTime { .. } | Self::Error(_))
    }

    /// Why nothing can be said, if nothing can.
    #[must_use]
    pub fn no_verdict(&self) -> Option<&str> {
        if let Self::Error(why) = self.itself() { Some(why) } else { None }
    }

    /// Whether the server did answer, though otherwise.
    #[must_use]
    pub fn is_difference(&self) -> bool {
        matches!(self.itself(), Self::Different { .. })
    }

    /// Whatever call it is of.
    fn itself(&self) -> &Self {
        if let Self::Of { error, .. } = self { error.itself() } else { self }
    }

    /// This error, of this call.
    #[must_use]
    pub fn of(self, call: &Call) -> Self {
        Self::Of { call: Box::new(call.clone()), error: Box::new(self) }
    }

    /// The call of a procedure that it is of, if it is of one.
    #[must_use]
    pub fn call(&self) -> Option<&Call> {
        match self {
            Self::Of { call, .. } => Some(call),
            _ => None,
        }
    }

    /// The verdict that it leads to, with what was called.
    #[must_use]
    pub fn outcome(self, called: Evidence) -> Outcome {
        match self {
            Self::Different { expected, actual } => failure(expected, actual, called),
            Self::NotInTime { expected, waited } => {
                let actual = format!("nothing within {} s", waited.as_secs_f64());
                failure(vec![expected], vec![actual], called)
            }
            Self::Of { error, .. } => error.outcome(called),
            Self::Unlike { second, actual } => unlike(second, actual, called),
            Self::Error(why) => {
                Outcome { verdict: Verdict::Error, reason: Some(why), evidence: Some(called) }
            }
            Self::Skip(why) => Outcome::because(Verdict::Skip, why),
            Self::NotApplicable(why) => Outcome::because(Verdict::NotApplicable, why),
        }
    }
}

fn failure(expected: Vec<String>, actual: Vec<String>, mut called: Evidence) -> Outcome {
    // It is not about the second call, if there is any.
    called.second_call.clear();
    called.repeat.truncate(1);
    Outcome {
        verdict: Verdict::Fail,
        reason: Some(first_difference(&expected, &actual)),
        evidence: Some(Evidence { expected, actual, ..called }),
    }
}

fn unlike(second: Vec<String>, actual: Vec<String>, called: Evidence) -> Outcome {
    let [one, other] = [&actual, &second].map(|lines| lines.first().map_or("nothing", |one| one));
    let reason = format!(
        "two calls should be answered alike: {one} came of the first, and {other} of the second"
    );
    let expected = vec!["what the second call is answered".to_owned()];
    let second_call = [called.second_call, second].concat();
    let evidence = Evidence { second_call, expected, actual, ..called };
    Outcome { verdict: Verdict::Fail, reason: Some(reason), evidence: Some(evidence) }
}

fn first_difference(expected: &[String], actual: &[String]) -> String {
    match (expected.first(), actual.first()) {
        (Some(expected), Some(actual)) => format!("expected {expected}; got {actual}"),
        (Some(expected), None) => format!("expected {expected}"),
        _ => "it is not as expected".to_owned(),
    }
}

/// What came, or that nothing did.
pub fn or_none(actual: Option<impl Display>) -> String {
    actual.map_or_else(|| "none".to_owned(), |actual| actual.to_string())
}

/// Several things, with commas between them.
pub fn listed(all: impl IntoIterator<Item = impl Display>) -> String {
    let all: Vec<_> = all.into_iter().map(|one| one.to_string()).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

/// A number with what it counts: `2 messages`.
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

/// `Ok` if `holds`, else this difference.
///
/// # Errors
/// It does not hold.
pub fn expect(
    holds: bool,
    expected: impl Into<String>,
    actual: impl FnOnce() -> String,
) -> CheckResult {
    if holds { Ok(()) } else { Err(CheckError::different(expected, actual())) }
}

impl From<CallError> for CheckError {
    fn from(error: CallError) -> Self {
        match &error {
            // The server did answer, in its way.
            CallError::Http2(h2) if h2.is_remote() => {
                Self::different("an answer with a status", error.to_string())
            }
            // So it did where its answer is no HTTP, or breaks off.
            CallError::Web(ExchangeError::Http(_)) => {
                Self::different("an answer by HTTP", error.to_string())
            }
            CallError::Secret { .. } => {
                Self::different("an answer without a key or a part of it", error.to_string())
            }
            CallError::NoSuchKey(why) => Self::Skip(why.clone()),
            _ => Self::Error(error.to_string()),
        }
    }
}

impl From<ConnectError> for CheckError {
    fn from(error: ConnectError) -> Self {
        Self::Error(error.to_string())
    }
}

impl From<NoServer> for CheckError {
    fn from(none: NoServer) -> Self {
        match none {
            NoServer::NotThisSetup(why) => Self::Skip(why),
            NoServer::NotHonoured(why) => Self::NotApplicable(why),
            NoServer::Dead(why) => Self::Error(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called() -> Evidence {
        let lines = |text: &str| vec![text.to_owned()];
        let (request, second_call) = (lines("first"), lines("second"));
        let repeat = [lines("repeats the first"), lines("repeats the second")].concat();
        Evidence { request, second_call, repeat, ..Evidence::default() }
    }

    #[test]
    fn what_a_call_is_compared_with_is_a_second_call() {
        let (second, actual) = (vec!["steps 1".to_owned()], vec!["steps 2".to_owned()]);
        let outcome = CheckError::Unlike { second, actual }.outcome(called());
        let evidence = outcome.evidence.expect("it failed");
        assert_eq!(evidence.second_call, ["second", "steps 1"]);
        assert_eq!(evidence.expected, ["what the second call is answered"]);
        assert_eq!((evidence.actual.concat(), evidence.repeat.len()), ("steps 2".to_owned(), 2));
        let reason = outcome.reason.expect("it failed");
        assert_eq!(
            reason,
            "two calls should be answered alike: steps 2 came of the first, and steps 1 of the second"
        );
    }

    #[test]
    fn a_failure_of_the_first_call_says_nothing_of_a_second() {
        let outcome = CheckError::different("code OK", "code INTERNAL").outcome(called());
        let evidence = outcome.evidence.expect("it failed");
        assert_eq!(evidence.second_call, [""; 0]);
        assert_eq!(evidence.repeat, ["repeats the first"]);
    }
}
