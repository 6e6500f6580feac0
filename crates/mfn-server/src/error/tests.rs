//! Statuses as callers get them.

use std::collections::BTreeMap;

use mfn_access::{Header, Timestamp};
use mfn_core::params::Checks;
use prost::Message as _;
use tonic_types::{StatusExt as _, pb};

use super::*;
use crate::request_id::RequestId;

fn out_of_range(fields: &[(&'static str, &str, &str)]) -> Error {
    let mut checks = Checks::default();
    for (field, value, allowed) in fields {
        checks.require(false, field, value, allowed);
    }
    checks.finish().expect_err("every field is refused").into()
}

fn id() -> RequestId {
    let id = RequestId::default();
    id.is_named("test-123");
    id
}

// shows MFN-ERR-020
#[test]
fn the_status_beside_the_details_is_that_of_the_call() {
    for error in [Error::NoMessage, Error::MethodUnknown, Error::Internal] {
        let status = error.into_status(&id());
        let beside = pb::Status::decode(status.details()).expect("a google.rpc.Status");
        assert_eq!(beside.code, status.code() as i32);
        assert_eq!(beside.message, status.message());
        assert!(!beside.details.is_empty());
    }
}

// shows MFN-ERR-002, MFN-ERR-003
#[test]
fn a_status_names_every_bad_field() {
    let error = out_of_range(&[("grid_size", "3", "4..=1024"), ("alpha", "NaN", "[0.05, 0.25)")]);
    let status = error.into_status(&id());
    assert_eq!(status.code(), Code::InvalidArgument);
    insta::assert_snapshot!(status.message(), @"change what is out of range: grid_size is 3, allowed is 4..=1024; alpha is NaN, allowed is [0.05, 0.25)");

    let details = status.get_error_details();
    let info = details.error_info().expect("an ErrorInfo");
    assert_eq!((info.reason.as_str(), info.domain.as_str()), ("PARAMETER_OUT_OF_RANGE", "mfn"));
    assert_eq!(details.request_info().expect("a RequestInfo").request_id, "test-123");
    let violations = &details.bad_request().expect("a BadRequest").field_violations;
    let named: Vec<_> = violations.iter().map(|v| (&*v.field, &*v.description)).collect();
    assert_eq!(
        named,
        [("grid_size", "is 3, allowed is 4..=1024"), ("alpha", "is NaN, allowed is [0.05, 0.25)"),]
    );
}

// shows MFN-ERR-004
#[test]
fn a_message_stays_under_1_kib_whatever_came() {
    let huge = "\u{e9}".repeat(100_000);
    let fields = ["grid_size", "steps", "stream_interval", "alpha", "spike_probability"]
        .map(|field| (field, huge.as_str(), "[0.05, 0.25)"));
    let status = out_of_range(&fields).into_status(&id());
    assert!(status.message().len() < 1024, "{} bytes", status.message().len());
    assert!(status.message().contains("\u{e9}..., allowed is"));
    assert!(status.details().len() < 4096, "{} bytes", status.details().len());
}

#[test]
fn a_fault_of_the_server_says_so() {
    let status = Error::Internal.into_status(&id());
    assert_eq!(status.code(), Code::Internal);
    insta::assert_snapshot!(status.message(), @"the computation failed, which is a fault of the server and not of the request");
    let info = status.get_details_error_info().expect("an ErrorInfo");
    assert_eq!(info.reason, "INTERNAL");
    assert!(status.get_details_bad_request().is_none());
}

fn queue_full() -> Error {
    Error::QueueFull(QueueFull { depth: 7, retry_after: Duration::from_millis(1500) })
}

/// One of each kind that needs no parameters.
fn all() -> Vec<Error> {
    vec![
        Error::RequestTooLarge { bytes: 11, limit: 10 },
        Error::AnswerTooLarge { bytes: 11, limit: 10 },
        Error::NoMessage,
        Error::SecondMessage,
        Error::MalformedMessage,
        Error::Compressed,
        Error::malformed_timeout(b"soon"),
        Error::DeadlineExceeded,
        Error::MessageTimeout(MessageTimeout::fixed(Duration::from_secs(10))),
        Error::MessageTimeout(MessageTimeout::growing(Duration::from_mins(1))),
        queue_full(),
        Error::MethodUnknown,
        Error::AuditStalled,
        Error::ShuttingDown,
        Error::Internal,
    ]
}

#[test]
fn the_list_of_reasons_has_each_of_them_once() {
    for error in all() {
        assert!(REASONS.contains(&error.reason()), "{error:?}");
    }
    let distinct: std::collections::BTreeSet<_> = REASONS.iter().collect();
    assert_eq!(distinct.len(), REASONS.len());
    // Those of errors with parameters stand in the source alone.
    let source = include_str!("reasons.rs");
    let (_, reasons) = source.split_once("fn reason(&self)").expect("it is there");
    for quoted in reasons.split('"').skip(1).step_by(2).filter(|quoted| is_reason(quoted)) {
        assert!(REASONS.contains(&quoted), "{quoted}");
    }
}

fn is_reason(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|char| char.is_ascii_uppercase() || char == '_')
}

fn told(error: Error) -> String {
    let status = error.into_status(&id());
    let details = status.get_error_details();
    let info = details.error_info().expect("an ErrorInfo");
    assert_eq!(info.domain, "mfn");
    assert_eq!(details.request_info().expect("a RequestInfo").request_id, "test-123");
    format!("{:?} {}: {}", status.code(), info.reason, status.message())
}

// shows MFN-ERR-003
#[test]
fn every_error_has_its_code_its_reason_and_a_sentence() {
    let all: Vec<_> = all().into_iter().map(told).collect();
    insta::assert_snapshot!(all.join("\n"), @r#"
    ResourceExhausted MESSAGE_TOO_LARGE: send at most 10 bytes in a message: this one has 11
    ResourceExhausted MESSAGE_TOO_LARGE: ask for a smaller field or for none: the answer would have about 11 bytes, and a message may have 10
    Unimplemented CARDINALITY: send one message: the request has none
    Unimplemented CARDINALITY: send one message: the request has more
    Internal MALFORMED_MESSAGE: send a message of the type that the method takes: this one cannot be decoded
    Unimplemented COMPRESSION_UNSUPPORTED: send the message uncompressed: compression is not supported
    Internal MALFORMED_TIMEOUT: send a grpc-timeout of 1 to 8 digits and one of the units H, M, S, m, u, n, not "soon"
    DeadlineExceeded DEADLINE: allow more time or ask for less: the deadline passed before the answer was complete
    DeadlineExceeded MESSAGE_TIMEOUT: send a message within 10 s: this one has not come whole
    DeadlineExceeded MESSAGE_TIMEOUT: send a message within 60 s and a second for each 64 KiB: this one has not come whole
    ResourceExhausted QUEUE_FULL: call again in 1500 ms: 7 calls may wait for a worker, and no more of yours may
    Unimplemented METHOD_UNKNOWN: call a method of proto/mfn.proto: there is no such one here
    Unavailable AUDIT_STALLED: call another server, or later: this one cannot record calls at the moment
    Unavailable SHUTTING_DOWN: call another server, or later: this one is shutting down
    Internal INTERNAL: the computation failed, which is a fault of the server and not of the request
    "#);
}

// shows MFN-ERR-004
#[test]
fn a_timeout_of_any_length_makes_a_short_message() {
    let status = Error::malformed_timeout(&[b'9'; 10_000]).into_status(&id());
    assert!(status.message().len() < 1024, "{} bytes", status.message().len());
}

// shows MFN-ERR-004
#[test]
fn a_timeout_that_is_quoted_cannot_end_the_line_or_turn_it_round() {
    let status =
        Error::malformed_timeout("1\t\u{85}\u{2028}\u{202e}\"".as_bytes()).into_status(&id());
    let quoted = r#"not "1\t\u{85}\u{2028}\u{202e}\"""#;
    assert!(status.message().ends_with(quoted), "{}", status.message());
}

// shows MFN-ERR-008
#[test]
fn a_full_queue_says_its_limit_and_when_to_call_again() {
    let status = queue_full().into_status(&id());
    let retry = status.get_details_retry_info().expect("a RetryInfo");
    assert_eq!(retry.retry_delay, Some(Duration::from_millis(1500)));
    let quota = status.get_details_quota_failure().expect("a QuotaFailure");
    let violation = &quota.violations[0];
    assert_eq!((&*violation.subject, &*violation.description), ("queue", "7 calls may wait"));
    let metadata = |key: &str| status.metadata().get(key).and_then(|value| value.to_str().ok());
    assert_eq!(metadata("grpc-retry-pushback-ms"), Some("1500"));
    assert_eq!(metadata("retry-after"), Some("2"), "whole seconds, rounded up");
}

// shows MFN-SHARE-007
#[test]
fn a_call_that_costs_too_much_is_told_how_much_and_not_to_come_back() {
    let error =
        Error::CostTooHigh { cost: Cost::seconds(2099) + Cost::SMALL, limit: Cost::seconds(60) };
    insta::assert_snapshot!(everything_told(error), @r#"
    ResourceExhausted: ask for a smaller lattice or for less of it: the call is expected to take 2099.001 seconds of a core, and 60.000 are allowed
    {}
    Some(("COST_TOO_HIGH", "mfn")) {"cost_seconds": "2099.001", "max_cost_seconds": "60.000"}
    [] None
    Some("test-123")
    "#);
}

// shows MFN-ERR-021
#[test]
fn a_compressed_message_is_answered_with_what_is_understood() {
    let status = Error::Compressed.into_status(&id());
    let accepted = status.metadata().get("grpc-accept-encoding");
    assert_eq!(accepted.and_then(|value| value.to_str().ok()), Some("identity"));
}

/// All that a caller is told: code, message, metadata, and the details decoded
/// from their bytes.
fn everything_told(error: Error) -> String {
    let status = error.into_status(&id());
    let metadata = status.metadata().clone().into_headers();
    let metadata: BTreeMap<_, _> = metadata.iter().map(|(k, v)| (k.as_str(), v)).collect();
    let details = status.get_error_details();
    let facts: BTreeMap<_, _> =
        details.error_info().into_iter().flat_map(|info| &info.metadata).collect();
    let reason = details.error_info().map(|info| (&info.reason, &info.domain));
    let quota = details.quota_failure().into_iter().flat_map(|quota| &quota.violations);
    let quota: Vec<_> = quota.map(|of| (&of.subject, &of.description)).collect();
    let retry = details.retry_info().and_then(|info| info.retry_delay);
    let request = details.request_info().map(|info| &info.request_id);
    format!(
        "{:?}: {}\n{metadata:?}\n{reason:?} {facts:?}\n{quota:?} {retry:?}\n{request:?}",
        status.code(),
        status.message()
    )
}

// shows MFN-ERR-003, MFN-LIMIT-003, MFN-LIMIT-006, MFN-AUTH-017
#[test]
fn a_limit_is_told_with_when_to_try_again_and_whose_it_is() {
    let key = KeyId::new("lab").expect("an id");
    let wait = Duration::new(0, 1_000_001);
    insta::assert_snapshot!(everything_told(Error::RateExceeded { key: key.clone(), limit: 1000, wait }), @r#"
    ResourceExhausted: call again in 2 ms: 1000 calls a second are allowed
    {"grpc-retry-pushback-ms": "2", "retry-after": "1"}
    Some(("RATE_LIMIT_RPS", "mfn")) {}
    [("lab", "1000 calls a second")] Some(1.000001ms)
    Some("test-123")
    "#);
    let full = Error::ReplayMemoryFull { key: key.clone(), capacity: 601_000, wait };
    insta::assert_snapshot!(everything_told(full), @r#"
    ResourceExhausted: call again in 2 ms: the key has used 601000 signatures that could still be valid, and more are not remembered
    {"grpc-retry-pushback-ms": "2", "retry-after": "1"}
    Some(("REPLAY_MEMORY_FULL", "mfn")) {}
    [("lab", "601000 signatures at once")] Some(1.000001ms)
    Some("test-123")
    "#);
    insta::assert_snapshot!(everything_told(Error::TooManyAtOnce { key, limit: 100 }), @r#"
    ResourceExhausted: call again when a call has ended: 100 at once are allowed
    {"grpc-retry-pushback-ms": "100", "retry-after": "1"}
    Some(("RATE_LIMIT_CONCURRENT", "mfn")) {}
    [("lab", "100 calls at once")] Some(100ms)
    Some("test-123")
    "#);
}

// shows MFN-LIMIT-011
#[test]
fn what_is_charged_to_nobody_has_its_bounds_told() {
    let error = Error::TooManyFreeCalls { what: "open watches of health", limit: 100 };
    insta::assert_snapshot!(everything_told(error), @r#"
    ResourceExhausted: call again in a second, or with less: 100 open watches of health are allowed
    {"grpc-retry-pushback-ms": "1000", "retry-after": "1"}
    Some(("UNCHARGED_LIMIT", "mfn")) {}
    [("open watches of health", "100 open watches of health")] Some(1s)
    Some("test-123")
    "#);
}

// shows MFN-ERR-003, MFN-AUTH-011, MFN-AUTH-013
#[test]
fn a_stranger_is_told_what_is_wrong_and_a_key_what_it_is_for() {
    let timestamp = Timestamp::parse(b"1000.5").expect("a timestamp");
    let now = Timestamp::parse(b"2000").expect("a timestamp");
    let outside = Refusal::OutsideWindow { timestamp, now, skew: timestamp.skew(now) };
    insta::assert_snapshot!(everything_told(Error::Unauthenticated(outside)), @r#"
    Unauthenticated: set the clock, or sign the call anew: x-timestamp is 999.5 s behind the server's time, allowed is 300 s
    {}
    Some(("TIMESTAMP_OUTSIDE_WINDOW", "mfn")) {"max_skew_seconds": "300", "server_time": "2000", "skew_seconds": "-999.5", "timestamp": "1000.5"}
    [] None
    Some("test-123")
    "#);
    let allowed = [Service::Features, Service::Validation].into_iter().collect();
    let denied = Error::ScopeDenied { service: Service::Simulation, allowed };
    insta::assert_snapshot!(everything_told(denied), @r#"
    PermissionDenied: call with a key for the service simulation: this one is for features, validation
    {}
    Some(("SCOPE_DENIED", "mfn")) {"allowed": "features, validation", "service": "simulation"}
    [] None
    Some("test-123")
    "#);
}

// shows MFN-ERR-003, MFN-ERR-005
#[test]
fn each_refusal_of_credentials_has_its_reason_and_its_sentence() {
    let refusals = [
        Refusal::Missing(Header::Signature),
        Refusal::Repeated(Header::ApiKey),
        Refusal::NotAscii(Header::Timestamp),
        Refusal::MalformedTimestamp,
        Refusal::NotVerified,
    ];
    let refused = refusals.into_iter().map(Error::Unauthenticated);
    let all: Vec<_> = refused.chain([Error::SignatureReplayed]).map(told).collect();
    insta::assert_snapshot!(all.join("\n"), @r#"
    Unauthenticated CREDENTIALS_MISSING: sign the call with x-api-key, x-timestamp and x-signature: x-signature is missing
    Unauthenticated CREDENTIALS_INVALID: send x-api-key once, not twice or more
    Unauthenticated CREDENTIALS_INVALID: send x-timestamp in ASCII characters
    Unauthenticated TIMESTAMP_MALFORMED: send x-timestamp as Unix seconds: 1 to 12 digits, and optionally a point and 1 to 9 digits
    Unauthenticated CREDENTIALS_INVALID: sign with a valid key: x-signature is the hexadecimal HMAC-SHA256, keyed with x-api-key, of x-timestamp followed by the method's full path
    Unauthenticated SIGNATURE_REPLAYED: sign each call with its own timestamp: this signature was used before
    "#);
}
