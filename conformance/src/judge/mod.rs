//! Whether an answer is what a case expects.

mod answers;
mod decimals;
mod errors;

use conformance_web::Fault;
use http::StatusCode;
use regex_lite::Regex;
use serde_json::{Map, Value};

use crate::case::{Code, Expect, Profile};
use crate::check::{CheckError, CheckResult, counted, or_none};
use crate::client::{Answer, Status};
use crate::golden::GoldenAnswer;
use conformance_wire::messages;

/// The content type of all that is gRPC.
const GRPC: &str = "application/grpc";

/// Everything that an answer is judged by.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// As the case has it.
    pub expect: &'a Expect,
    /// The profile that it is judged for.
    pub profile: Profile,
    /// The numbers, if the case has any.
    pub golden: Option<&'a GoldenAnswer>,
}

/// The differences found so far.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    expected: Vec<String>,
    actual: Vec<String>,
}

impl Differences {
    pub(crate) fn check(
        &mut self,
        holds: bool,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) {
        if !holds {
            self.expected.push(expected.into());
            self.actual.push(actual.into());
        }
    }

    fn add(&mut self, expected: Vec<String>, actual: Vec<String>) {
        self.expected.extend(expected);
        self.actual.extend(actual);
    }

    /// The same where what is expected is what a second call was answered.
    pub(crate) fn of_two_calls(self) -> CheckResult {
        let Self { expected: second, actual } = self;
        if second.is_empty() { Ok(()) } else { Err(CheckError::Unlike { second, actual }) }
    }

    pub(crate) fn into_result(self) -> CheckResult {
        let Self { expected, actual } = self;
        if expected.is_empty() { Ok(()) } else { Err(CheckError::Different { expected, actual }) }
    }
}

/// Judges an answer by all but what further calls would tell.
///
/// # Errors
/// It is not what is expected: each difference.
pub fn judge(expected: &Expected<'_>, answer: &Answer) -> CheckResult {
    let expect = expected.expect;
    let mut found = Differences::default();
    if let Some(http) = expect.http {
        found.check(answer.http.as_u16() == http, format!("HTTP status {http}"), actual(answer));
        metadata(expect, answer, &mut found);
        return found.into_result();
    }
    // A library that refuses a call before any code of the server runs has its own ways.
    let is_refused = answer.reset.is_some() || answer.http != StatusCode::OK;
    if expect.any_refusal && is_refused && answer.messages.is_empty() {
        return Ok(());
    }
    for Fault { expected, actual } in &answer.faults {
        found.check(false, expected, actual);
    }
    // gRPC over HTTP/2 has one HTTP status for all that is gRPC.
    if answer.http != StatusCode::OK && !answer.protocol.is_web() {
        let actual = format!("HTTP status {}", answer.http);
        found.check(false, format!("HTTP status {}", StatusCode::OK), actual);
    }
    let Some(status) = answer.status() else {
        found.check(false, format!("gRPC status {}", name(expect.code)), actual(answer));
        return found.into_result();
    };
    let is_refused = expect.any_refusal && status.code != Code::Ok;
    if status.code != expect.code && !is_refused {
        let allowed = expect.also_allowed.contains(&status.code);
        found.check(allowed, format!("code {}", name(expect.code)), told(&status));
        return found.into_result();
    }
    metadata(expect, answer, &mut found);
    if status.code == Code::Ok {
        answers::check(expected, answer, &mut found)?;
    } else {
        // Of an error that is not MFN's own, libraries may send a message before it.
        let count = expect.messages.or_else(|| expect.reason.is_some().then_some(0));
        if let Some(count) = count {
            let holds = answer.messages.len() == count;
            found.check(holds, counted(count, "message"), messages_and_end(answer));
        }
        errors::check(expect, &status, answer, &mut found);
    }
    found.into_result()
}

/// Whether two errors are one, but for the request's id.
///
/// # Errors
/// They are not: each difference.
pub fn same_error(one: &Answer, other: &Answer) -> CheckResult {
    errors::same(one, other)
}

/// Whether the last messages of two answers agree in all that both have.
///
/// # Errors
/// They do not: each difference.
pub fn same_answer(one: &Answer, other: &Answer) -> CheckResult {
    answers::same(one, other)
}

/// The messages of an answer, in JSON.
///
/// # Errors
/// One of them is none.
pub fn decoded(answer: &Answer) -> CheckResult<Vec<Map<String, Value>>> {
    let method = &answer.method;
    let known = messages::method(method)
        .ok_or_else(|| CheckError::Error(format!("{method} is no method that the suite knows")))?;
    let decode =
        |message: &crate::client::Arrived| match messages::decode_answer(&known, &message.bytes) {
            Ok(Value::Object(fields)) => Ok(fields),
            Ok(other) => Err(CheckError::different(known.output().full_name(), other.to_string())),
            Err(error) => Err(CheckError::different(
                format!("a {}", known.output().full_name()),
                format!("{} bytes that cannot be read as one: {error}", message.bytes.len()),
            )),
        };
    answer.messages.iter().map(decode).collect()
}

/// The status that came, for a person.
#[must_use]
pub fn told(status: &Status) -> String {
    let reason = match &status.details {
        Ok(details) => details.reason().map_or(String::new(), |reason| format!(" ({reason})")),
        Err(error) => format!(" (with details that cannot be read: {error})"),
    };
    let text = if status.message.is_empty() { "" } else { ": " };
    format!("code {}{reason}{text}{}", name(status.code), status.message)
}

/// How many messages came, and how the answer ended, for a person.
fn messages_and_end(answer: &Answer) -> String {
    format!("{}, then {}", counted(answer.messages.len(), "message"), actual(answer))
}

/// A code as it is written.
#[must_use]
pub fn name(code: Code) -> String {
    conformance_wire::CODE_NAMES[code as usize].to_owned()
}

/// What came instead of gRPC, for a person.
fn actual(answer: &Answer) -> String {
    match (answer.status(), answer.reset) {
        (Some(status), _) => told(&status),
        (None, Some(reset)) => format!("HTTP status {}, then a reset: {reset}", answer.http),
        (None, None) => format!("HTTP status {} without a grpc-status", answer.http),
    }
}

fn metadata(expect: &Expect, answer: &Answer, found: &mut Differences) {
    for (name, wanted) in &expect.metadata {
        let all = answer.all_metadata(name);
        // One that has another value beside it tells its reader nothing.
        let holds = !all.is_empty() && all.iter().all(|actual| matches(wanted, actual));
        let actual = or_none((!all.is_empty()).then(|| all.join(" and ")));
        found.check(holds, format!("metadata {name}: {wanted}"), format!("{name}: {actual}"));
    }
    for name in &expect.no_metadata {
        let actual = answer.metadata(name);
        found.check(actual.is_none(), format!("no {name}"), or_none(actual));
    }
    if expect.http.is_none() && !answer.protocol.is_web() {
        let actual = answer.metadata("content-type");
        let holds = actual.as_deref().is_some_and(is_grpc);
        let actual = format!("content-type: {}", or_none(actual));
        found.check(holds, format!("content-type: {GRPC}"), actual);
        let twice = answer.trailers.is_some() && answer.headers.contains_key("grpc-status");
        found.check(!twice, "one grpc-status", "one in the headers and one in the trailers");
    }
}

/// `application/grpc`, with a format or a parameter or neither, and not gRPC-Web.
fn is_grpc(content_type: &str) -> bool {
    content_type
        .strip_prefix(GRPC)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ';', ' ']))
}

/// Whether `actual` is `wanted`, which is a regular expression if it begins with `^`.
pub(crate) fn matches(wanted: &str, actual: &str) -> bool {
    if wanted.starts_with('^') {
        Regex::new(wanted).is_ok_and(|wanted| wanted.is_match(actual))
    } else {
        wanted == actual
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use conformance_web::Protocol;
    use http::HeaderMap;

    use super::*;

    /// As grpc-go refuses a timeout, as grpc-java does, and what is no refusal.
    #[test]
    fn a_library_may_refuse_a_call_in_its_own_way() {
        let expect = Expect { code: Code::Internal, any_refusal: true, ..Expect::default() };
        let judged = |http, reset| {
            let (method, headers, rest) = ("a/B".to_owned(), HeaderMap::new(), Bytes::new());
            let (messages, trailers) = (Vec::new(), None);
            let (protocol, faults) = (Protocol::Grpc, Vec::new());
            let answer =
                Answer { method, protocol, faults, http, headers, messages, rest, trailers, reset };
            judge(&Expected { expect: &expect, profile: Profile::Transport, golden: None }, &answer)
        };
        assert!(judged(StatusCode::BAD_REQUEST, None).is_ok());
        assert!(judged(StatusCode::OK, Some(h2::Reason::INTERNAL_ERROR)).is_ok());
        assert!(judged(StatusCode::OK, None).is_err());
    }
}
