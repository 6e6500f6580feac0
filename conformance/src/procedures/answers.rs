//! Whether the answers to the calls of procedures are as they should be.

use serde_json::{Map, Value};

use crate::case::{Code, Expect, Profile};
use crate::check::{CheckError, CheckResult, expect};
use crate::client::Answer;
use crate::judge::{self, Expected};

/// Whether an answer is what is expected.
pub(super) fn judged(answer: &Answer, expect: &Expect) -> CheckResult {
    judge::judge(&Expected { expect, profile: Profile::Transport, golden: None }, answer)
}

/// Whether this came of a call: OK.
pub(super) fn is_ok(answer: &Answer) -> CheckResult {
    judged(answer, &Expect::default())
}

/// Whether this came of a call: code and reason, after as many messages as came.
pub(super) fn is_refused(answer: &Answer, code: Code, reason: &str) -> CheckResult {
    let messages = Some(answer.messages.len());
    judged(answer, &Expect { messages, ..refusal(code, reason) })
}

/// The same of a stream that has begun: the status is in its trailers.
pub(super) fn is_cut_off(answer: &Answer, code: Code, reason: &str) -> CheckResult {
    is_refused(answer, code, reason)?;
    expect(!answer.messages.is_empty(), "frames before the end", || "none".to_owned())?;
    expect(answer.trailers.is_some(), "a status in trailers", || "one in headers".to_owned())
}

/// Whether its deadline ended a call. Libraries see to that themselves, without details, which
/// are for `transport` to ask for.
pub(super) fn is_late(answer: &Answer) -> CheckResult {
    judged(answer, &Expect { code: Code::DeadlineExceeded, ..Expect::default() })
}

/// What is expected of a call that is refused.
pub(super) fn refusal(code: Code, reason: &str) -> Expect {
    Expect { code, reason: Some(reason.to_owned()), ..Expect::default() }
}

/// The last message so far.
pub(super) fn last_message(answer: &Answer) -> CheckResult<Map<String, Value>> {
    let last = judge::decoded(answer)?.pop();
    last.ok_or_else(|| CheckError::different("a message", "none"))
}

/// Code and reason, for a person.
pub(super) fn told(answer: &Answer) -> String {
    answer.status().map_or_else(|| "an answer without a status".to_owned(), |s| judge::told(&s))
}

/// The reason of an answer's error, if it has one.
pub(super) fn reason(answer: &Answer) -> Option<String> {
    answer.status()?.details.ok()?.reason().map(str::to_owned)
}

/// the error after `what`.
pub(super) fn after(what: &str, error: CheckError) -> CheckError {
    match error {
        CheckError::Different { expected, mut actual } => {
            actual.push(format!("that was after {what}"));
            CheckError::Different { expected, actual }
        }
        CheckError::NotInTime { expected, waited } => {
            CheckError::NotInTime { expected: format!("{expected}, after {what}"), waited }
        }
        CheckError::Error(why) => CheckError::Error(format!("{why}, after {what}")),
        CheckError::Of { call, error } => {
            CheckError::Of { call, error: Box::new(after(what, *error)) }
        }
        other => other,
    }
}
