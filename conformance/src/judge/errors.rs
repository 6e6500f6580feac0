//! What an error says.

use serde_json::Value;

use super::{Differences, matches, name, told};
use crate::case::{Detail, Expect};
use crate::check::{CheckError, CheckResult, listed, or_none};
use crate::client::{Answer, Details, Status};
use conformance_wire::messages::RpcStatus;

const DOMAIN: &str = "mfn";
/// What is left of a blank in a message that was percent-encoded twice.
const ENCODED_BLANK: &str = "%20";
/// MFN-ERR-004.
const MAX_MESSAGE_BYTES: usize = 1023;
/// A `retry_delay` and the metadata beside it are one, but for rounding up.
const ROUNDING_SECONDS: f64 = 0.001;

pub(super) fn check(expect: &Expect, status: &Status, answer: &Answer, found: &mut Differences) {
    let length = status.message.len();
    let fits = length <= MAX_MESSAGE_BYTES;
    let wanted = format!("a message of at most {MAX_MESSAGE_BYTES} bytes");
    found.check(fits, wanted, format!("one of {length}"));
    let details = match &status.details {
        Ok(details) => details,
        Err(error) => {
            return found.check(false, "details", format!("none that can be read: {error}"));
        }
    };
    check_status(status, details, found);
    if let Some(reason) = &expect.reason {
        check_info(reason, expect, status, details, found);
    }
    if let Some(violations) = &expect.violations {
        check_violations(violations, expect, status, details, found);
    }
    for detail in &expect.details {
        check_detail(*detail, details, answer, found);
    }
}

/// The status beside the details is that of the call (MFN-ERR-020).
fn check_status(status: &Status, details: &Details, found: &mut Differences) {
    let Details(RpcStatus { code, message, details }) = details;
    if details.is_empty() {
        return;
    }
    let wanted = status.code as i32;
    let holds = *code == wanted;
    found.check(holds, format!("code {wanted} beside the details"), format!("code {code}"));
    let holds = *message == status.message;
    let wanted = format!("the message beside the details: {}", status.message);
    found.check(holds, wanted, message.clone());
}

fn check_info(
    reason: &str,
    expect: &Expect,
    status: &Status,
    details: &Details,
    found: &mut Differences,
) {
    found.check(!status.message.is_empty(), "a message", "none");
    let is_decoded = !status.message.contains(ENCODED_BLANK);
    found.check(is_decoded, "a message that was encoded once", status.message.clone());
    let actual = details.reason().is_some_and(|actual| actual == reason);
    found.check(actual, format!("one ErrorInfo with the reason {reason}"), told(status));
    let info = details.one("ErrorInfo");
    let domain = info.and_then(|info| info["domain"].as_str());
    found.check(
        domain == Some(DOMAIN),
        format!("the domain {DOMAIN}"),
        format!("the domain {}", or_none(domain)),
    );
    for (key, wanted) in &expect.error_metadata {
        let actual = info.and_then(|info| info["metadata"][key].as_str());
        let holds = actual.is_some_and(|actual| matches(wanted, actual));
        found.check(holds, format!("ErrorInfo metadata {key}: {wanted}"), or_none(actual));
    }
    let id = details.one("RequestInfo").and_then(|info| info["request_id"].as_str());
    let holds = match &expect.request_id {
        Some(wanted) => id.is_some_and(|id| matches(wanted, id)),
        None => id.is_some(),
    };
    let wanted = expect.request_id.as_deref().unwrap_or("an id");
    found.check(holds, format!("one RequestInfo with {wanted}"), or_none(id));
}

fn check_violations(
    wanted: &[String],
    expect: &Expect,
    status: &Status,
    details: &Details,
    found: &mut Differences,
) {
    let bad = details.one("BadRequest").and_then(|bad| bad["field_violations"].as_array());
    let text = |violation: &Value, name: &str| {
        violation[name].as_str().map_or_else(String::new, str::to_owned)
    };
    let actual: Vec<_> = bad
        .into_iter()
        .flatten()
        .map(|violation| (text(violation, "field"), text(violation, "description")))
        .collect();
    let mut fields: Vec<_> = actual.iter().map(|(field, _)| field).collect();
    let mut all: Vec<_> = wanted.iter().collect();
    fields.sort();
    all.sort();
    let expected = format!("one BadRequest of {}", listed(&all));
    found.check(fields == all, expected, format!("fields: {}", listed(&fields)));
    for field in wanted {
        let holds = status.message.contains(field);
        found.check(holds, format!("{field} in the message"), status.message.clone());
    }
    for (field, wanted) in &expect.violation_of {
        let actual =
            actual.iter().find(|(name, _)| name == field).map(|(_, description)| description);
        let holds = actual.is_some_and(|actual| matches(wanted, actual));
        found.check(holds, format!("the violation of {field}: {wanted}"), or_none(actual));
    }
}

fn check_detail(detail: Detail, details: &Details, answer: &Answer, found: &mut Differences) {
    match detail {
        Detail::QuotaFailure => {
            let failure = details.one("QuotaFailure");
            let described = failure
                .and_then(|failure| failure["violations"][0]["description"].as_str())
                .is_some_and(|text| !text.is_empty());
            found.check(described, "one QuotaFailure that describes a limit", or_none(failure));
        }
        Detail::RetryInfo => check_retry(details, answer, found),
    }
}

fn check_retry(details: &Details, answer: &Answer, found: &mut Differences) {
    let Some(delay) = details.retry_seconds().filter(|delay| *delay > 0.0) else {
        let actual = or_none(details.one("RetryInfo"));
        return found.check(false, "one RetryInfo with a delay above zero", actual);
    };
    let number = |name: &str| answer.metadata(name)?.parse::<f64>().ok();
    let pushback = number("grpc-retry-pushback-ms");
    let same = pushback.is_some_and(|ms| (ms / 1000.0 - delay).abs() <= ROUNDING_SECONDS);
    found.check(same, format!("grpc-retry-pushback-ms of {delay} s"), or_none(pushback));
    let after = number("retry-after");
    let same = after.is_some_and(|after| after >= delay && after < delay + 1.0 + ROUNDING_SECONDS);
    found.check(same, format!("retry-after of {delay} s, rounded up"), or_none(after));
}

pub(super) fn same(one: &Answer, other: &Answer) -> CheckResult {
    let status = |answer: &Answer| {
        answer.status().ok_or_else(|| CheckError::different("a status", "an answer without one"))
    };
    let (one, other) = (status(one)?, status(other)?);
    let mut found = Differences::default();
    let coded = |status: &Status| format!("code {}", name(status.code));
    found.check(one.code == other.code, coded(&other), coded(&one));
    let worded = |status: &Status| format!("the message '{}'", status.message);
    found.check(one.message == other.message, worded(&other), worded(&one));
    let (details, others) = (without_id(&one), without_id(&other));
    let detailed = |details: &[String]| format!("the details {}", listed(details));
    found.check(details == others, detailed(&others), detailed(&details));
    found.of_two_calls()
}

fn without_id(status: &Status) -> Vec<String> {
    let details = status.details.iter().flat_map(|details| &details.0.details);
    let mut texts: Vec<_> =
        details.filter(|detail| detail["@type"] != "RequestInfo").map(Value::to_string).collect();
    texts.sort();
    texts
}
