//! One call in the audit, and its line.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use mfn_access::KeyId;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::one_line::Line;
use super::{KIND, timestamp};
use crate::error::{HEADERS_TOO_LARGE, NOT_GRPC, NOT_READ};
use crate::trace_context::TraceContext;

/// Most characters of a method's path in a line: what calls unknown methods may
/// name them as it likes.
const MAX_METHOD_CHARS: usize = 256;

/// A call that has ended. It may wait for long until it is written, so it holds
/// no more than its line says.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) ended: SystemTime,
    pub(crate) request_id: Box<str>,
    pub(crate) method: Method,
    /// What the call was written in.
    pub(crate) protocol: &'static str,
    pub(crate) duration: Duration,
    pub(crate) outcome: Outcome,
    pub(crate) key: Option<KeyId>,
    /// By a key or by the limits, so that it has a line of its own.
    pub(crate) is_accounted_for: bool,
    /// The address of the caller.
    pub(crate) peer: Option<Arc<str>>,
    /// Few callers trace.
    pub(crate) trace: Option<TraceContext>,
    /// Of messages with their prefixes.
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    /// Messages of the answer.
    pub(crate) frames: u64,
}

/// The path of a method, or its beginning.
#[derive(Debug, Default)]
pub(crate) struct Method(Box<str>);

impl Method {
    pub(crate) fn of_path(path: &str) -> Self {
        // No character has less than a byte.
        if path.len() <= MAX_METHOD_CHARS {
            return Self(path.into());
        }
        let end = path.char_indices().nth(MAX_METHOD_CHARS).map_or(path.len(), |(end, _)| end);
        Self(path[..end].into())
    }
}

/// How a call ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    code: Code,
    reason: Option<Cow<'static, str>>,
}

impl Outcome {
    /// With a status.
    pub(crate) fn of_status(status: &Status) -> Self {
        let reason = if status.details().is_empty() {
            None
        } else {
            status.get_details_error_info().map(|info| Cow::Owned(info.reason))
        };
        Self { code: status.code(), reason }
    }

    /// With the status that is in `headers`: of an answer's end, or of its head if it has
    /// no other part.
    pub(crate) fn of_headers(headers: &HeaderMap) -> Option<Self> {
        // Nearly every call ends so, and there is nothing else to be read.
        if headers.get(Status::GRPC_STATUS)? == "0" {
            return Some(Self::ok());
        }
        Status::from_header_map(headers).as_ref().map(Self::of_status)
    }

    /// As it was asked to, and with no more words.
    pub(crate) fn ok() -> Self {
        Self { code: Code::Ok, reason: None }
    }

    /// As no gRPC.
    pub(crate) fn not_grpc() -> Self {
        Self { code: Code::Unknown, reason: Some(Cow::Borrowed(NOT_GRPC)) }
    }

    /// As one with more headers than it may have.
    pub(crate) fn headers_too_large() -> Self {
        Self { code: Code::Unknown, reason: Some(Cow::Borrowed(HEADERS_TOO_LARGE)) }
    }

    /// Its caller left.
    pub(crate) fn abandoned() -> Self {
        Self { code: Code::Cancelled, reason: None }
    }

    /// Its caller did not read the answer.
    pub(crate) fn not_read() -> Self {
        Self { code: Code::Cancelled, reason: Some(Cow::Borrowed(NOT_READ)) }
    }

    pub(crate) fn code(&self) -> Code {
        self.code
    }

    pub(super) fn code_name(&self) -> &'static str {
        name(self.code)
    }

    pub(crate) fn reason(&self) -> Option<&Cow<'static, str>> {
        self.reason.as_ref()
    }
}

impl Record {
    /// Whether its call may be counted with others, where a line for each would be
    /// as many as anyone likes.
    pub(super) fn may_be_summed(&self) -> bool {
        !self.is_accounted_for
    }

    /// Appends the record as one line of JSON, its fields in the order in which a person
    /// would ask for them.
    pub(super) fn write_to(&self, lines: &mut Vec<u8>) {
        let Outcome { code, reason } = &self.outcome;
        let mut line = Line::begin(lines, "ts", &timestamp::rfc3339(self.ended));
        line.text("kind", KIND);
        line.text("request_id", &self.request_id);
        line.text("method", &self.method.0);
        line.text("protocol", self.protocol);
        // To the microsecond.
        line.number("duration_ms", self.duration.as_micros() as f64 / 1e3);
        line.text("status", if *code == Code::Ok { "OK" } else { "ERROR" });
        line.text("code", self.outcome.code_name());
        line.optional_text("reason", reason.as_deref());
        line.optional_text("key_id", self.key.as_ref().map(KeyId::as_str));
        line.optional_text("peer", self.peer.as_deref());
        line.number("bytes_in", self.bytes_in);
        line.number("bytes_out", self.bytes_out);
        line.number("frames", self.frames);
        if let Some(trace) = &self.trace {
            line.text("trace_id", trace.trace_id());
            line.text("span_id", trace.span_id());
        }
        line.end();
    }
}

/// As gRPC's documents write it. tonic knows sentences for codes, and no names.
fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn a_record_keeps_no_more_of_a_path_than_its_line_says() {
        let path = format!("/{}", "\u{e9}".repeat(10_000));
        let Method(kept) = Method::of_path(&path);
        assert_eq!(kept.chars().count(), MAX_METHOD_CHARS);
        assert_eq!(&*Method::of_path("/short").0, "/short");
    }

    // shows MFN-AUDIT-002, MFN-AUDIT-014, MFN-AUDIT-015, MFN-AUDIT-017
    #[test]
    fn a_line_has_all_fields_in_order() {
        let mut record = Record {
            ended: UNIX_EPOCH + Duration::from_millis(1_700_000_000_123),
            request_id: "id \u{202e}".into(),
            method: Method::of_path("/a/B"),
            protocol: "grpc",
            duration: Duration::from_micros(1234),
            outcome: Outcome::not_grpc(),
            key: None,
            is_accounted_for: false,
            peer: Some("127.0.0.1:5".into()),
            trace: None,
            bytes_in: 1,
            bytes_out: 2,
            frames: 3,
        };
        let line = |record: &Record| {
            let mut lines = Vec::new();
            record.write_to(&mut lines);
            String::from_utf8(lines).expect("UTF-8")
        };
        let untraced =
            r#"{"ts":"2023-11-14T22:13:20.123Z","kind":"audit","request_id":"id \u202e","#
                .to_owned()
                + r#""method":"/a/B","protocol":"grpc","duration_ms":1.234,"status":"ERROR","code":"UNKNOWN","#
                + r#""reason":"NOT_GRPC","key_id":null,"peer":"127.0.0.1:5","bytes_in":1,"bytes_out":2,"#
                + r#""frames":3}"#
                + "\n";
        assert_eq!(line(&record), untraced);

        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let headers = HeaderMap::from_iter([(
            HeaderName::from_static("traceparent"),
            HeaderValue::from_static(parent),
        )]);
        record.trace = TraceContext::offered_in(&headers);
        let ids = r#","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7"}"#;
        assert_eq!(line(&record), untraced.replace('}', ids));
    }
}
