//! One call in the audit, and its line.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use mfn_access::KeyId;
use serde::Serialize;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::request_id::RequestId;

/// Most characters of a method's path in a line: what calls unknown methods may
/// name them as it likes.
const MAX_METHOD_CHARS: usize = 256;
/// The reason of what was refused as no gRPC at all.
const NOT_GRPC: &str = "NOT_GRPC";

/// A call that has ended.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) ended: SystemTime,
    pub(crate) request_id: RequestId,
    pub(crate) method: String,
    pub(crate) duration: Duration,
    pub(crate) outcome: Outcome,
    pub(crate) key: Option<KeyId>,
    pub(crate) peer: Option<SocketAddr>,
    /// Of messages with their prefixes.
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    /// Messages of the answer.
    pub(crate) frames: u64,
}

/// How a call ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// With a status.
    Status(Status),
    /// As no gRPC.
    NotGrpc,
    /// Its caller left.
    Abandoned,
}

impl Outcome {
    fn code(&self) -> Code {
        match self {
            Self::Status(status) => status.code(),
            Self::NotGrpc => Code::Unknown,
            Self::Abandoned => Code::Cancelled,
        }
    }

    fn reason(&self) -> Option<String> {
        match self {
            Self::Status(status) if status.details().is_empty() => None,
            Self::Status(status) => status.get_details_error_info().map(|info| info.reason),
            Self::NotGrpc => Some(NOT_GRPC.to_owned()),
            Self::Abandoned => None,
        }
    }
}

/// The fields, in the order in which a person would ask for them.
#[derive(Serialize)]
struct Line<'a> {
    ts: String,
    request_id: &'a str,
    method: &'a str,
    duration_ms: f64,
    status: &'static str,
    code: &'static str,
    reason: Option<String>,
    key_id: Option<&'a str>,
    peer: Option<SocketAddr>,
    bytes_in: u64,
    bytes_out: u64,
    frames: u64,
}

impl Record {
    /// Appends the record as one line of JSON, in which whatever a client sent
    /// is escaped.
    pub(super) fn write_to(&self, lines: &mut Vec<u8>) {
        let code = self.outcome.code();
        let line = Line {
            ts: humantime::format_rfc3339_millis(self.ended).to_string(),
            request_id: self.request_id.as_str(),
            method: beginning(&self.method),
            // To the microsecond.
            duration_ms: self.duration.as_micros() as f64 / 1e3,
            status: if code == Code::Ok { "OK" } else { "ERROR" },
            code: name(code),
            reason: self.outcome.reason(),
            key_id: self.key.as_ref().map(KeyId::as_str),
            peer: self.peer,
            bytes_in: self.bytes_in,
            bytes_out: self.bytes_out,
            frames: self.frames,
        };
        serde_json::to_writer(&mut *lines, &line).expect("strings and numbers are JSON");
        lines.push(b'\n');
    }
}

fn beginning(method: &str) -> &str {
    method.char_indices().nth(MAX_METHOD_CHARS).map_or(method, |(end, _)| &method[..end])
}

/// As gRPC's documents write it.
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
