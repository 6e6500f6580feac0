//! What a call that failed gives.

use std::collections::HashMap;
use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::tls_failure::TlsFailure;
use crate::transport::{cause_of, code_of};

/// Larger details than a server of MFN sends, whose messages stay under 1 KiB, are not read.
const MAX_DETAILS_BYTES: usize = 64 * 1024;
/// More digits than any wait that is worth it has.
const MAX_PUSHBACK_DIGITS: usize = 9;

/// A call that failed: the code of gRPC, and what the server says of it.
#[derive(Clone, thiserror::Error)]
#[error("{0}")]
pub struct Error(Box<Parts>);

/// One parameter that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Its name on the wire, such as `grid_size`.
    pub field: String,
    /// What it is, and what is allowed.
    pub description: String,
}

#[derive(Clone, Debug)]
struct Parts {
    code: Code,
    message: String,
    reason: Option<String>,
    metadata: HashMap<String, String>,
    request_id: Option<String>,
    violations: Vec<Violation>,
    retry_after: Option<Duration>,
    /// The server said by a pushback that the call must not be tried again.
    retry_forbidden: bool,
    attempts: u32,
    endpoint: String,
    tls_failure: Option<TlsFailure>,
}

impl Error {
    /// The code of gRPC. What the transport alone tells has one too: UNAVAILABLE for a
    /// connection that cannot be made or breaks, `DEADLINE_EXCEEDED` for a call that takes
    /// too long.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The sentence that says what was wrong and what is allowed.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The machine-readable reason, such as `PARAMETER_OUT_OF_RANGE`; `None` where no
    /// server of MFN has answered.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// What the server adds to the reason, such as `server_time` to
    /// `TIMESTAMP_OUTSIDE_WINDOW`.
    #[must_use]
    pub fn reason_metadata(&self) -> &HashMap<String, String> {
        &self.0.metadata
    }

    /// The name by which the server's audit knows the call.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Every parameter that was out of its range.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }

    /// After how long the server advises to try again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How often the call was tried.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The endpoint that gave this error.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.0.endpoint
    }

    /// Why TLS with the endpoint failed, if there was no answer for that.
    #[must_use]
    pub fn tls_failure(&self) -> Option<&TlsFailure> {
        self.0.tls_failure.as_ref()
    }

    /// What the transport gave for an attempt at `endpoint`.
    pub(crate) fn from_status(status: &Status, endpoint: &str) -> Self {
        let code = code_of(status);
        let tls_failure = status.source().and_then(TlsFailure::find);
        let cause = tls_failure.as_ref().map(ToString::to_string).or_else(|| cause_of(status));
        let message = match cause {
            Some(cause) if code == Code::Unavailable => format!("no answer: {cause}"),
            Some(_) if code == Code::DeadlineExceeded => TIMED_OUT.to_owned(),
            Some(cause) => cause,
            None if status.message().is_empty() => "the server gave no message".to_owned(),
            None => status.message().to_owned(),
        };
        let mut parts = Parts { tls_failure, ..Parts::new(code, message, endpoint) };
        parts.read_details(status);
        parts.read_metadata(status);
        Self(Box::new(parts))
    }

    /// An attempt at `endpoint` that has taken as long as it may.
    pub(crate) fn timed_out(endpoint: &str) -> Self {
        Self(Box::new(Parts::new(Code::DeadlineExceeded, TIMED_OUT.to_owned(), endpoint)))
    }

    pub(crate) fn after(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn may_be_retried(&self) -> bool {
        !self.0.retry_forbidden
    }
}

const TIMED_OUT: &str = "the call has taken as long as it was given";

impl Parts {
    fn new(code: Code, message: String, endpoint: &str) -> Self {
        Self {
            code,
            message,
            reason: None,
            metadata: HashMap::new(),
            request_id: None,
            violations: Vec::new(),
            retry_after: None,
            retry_forbidden: false,
            attempts: 1,
            endpoint: endpoint.to_owned(),
            tls_failure: None,
        }
    }

    /// What cannot be read is as if it had not been sent.
    fn read_details(&mut self, status: &Status) {
        if status.details().len() > MAX_DETAILS_BYTES {
            return;
        }
        let details = status.get_error_details();
        if let Some(info) = details.error_info() {
            self.reason = Some(info.reason.clone());
            self.metadata.clone_from(&info.metadata);
        }
        self.request_id = details.request_info().map(|info| info.request_id.clone());
        self.retry_after = details.retry_info().and_then(|info| info.retry_delay);
        let violations = details.bad_request().into_iter().flat_map(|bad| &bad.field_violations);
        self.violations = violations
            .map(|violation| Violation {
                field: violation.field.clone(),
                description: violation.description.clone(),
            })
            .collect();
    }

    fn read_metadata(&mut self, status: &Status) {
        if let Some(pushback) = status.metadata().get("grpc-retry-pushback-ms") {
            // The retry design of gRPC (gRFC A6): what is negative or unreadable forbids
            // another attempt.
            self.retry_after = pushback.to_str().ok().and_then(milliseconds);
            self.retry_forbidden = self.retry_after.is_none();
        }
        let id = || status.metadata().get("x-request-id")?.to_str().ok().map(str::to_owned);
        self.request_id = self.request_id.take().filter(|id| !id.is_empty()).or_else(id);
    }
}

fn milliseconds(text: &str) -> Option<Duration> {
    let is_short_number =
        text.len() <= MAX_PUSHBACK_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    let milliseconds = is_short_number.then(|| text.parse().ok()).flatten();
    milliseconds.map(Duration::from_millis)
}

/// `CODE (REASON): message [facts]`.
impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(self.code))?;
        if let Some(reason) = &self.reason {
            write!(f, " ({reason})")?;
        }
        write!(f, ": {}", self.message)?;
        let mut facts = Vec::new();
        if let Some(id) = &self.request_id {
            facts.push(format!("request_id {id}"));
        }
        if let Some(wait) = self.retry_after {
            facts.push(format!("retry_after {} s", wait.as_secs_f64()));
        }
        if self.attempts > 1 {
            facts.push(format!("attempts {}", self.attempts));
        }
        if self.reason.is_none() {
            facts.push(format!("endpoint {}", self.endpoint));
        }
        if facts.is_empty() { Ok(()) } else { write!(f, " [{}]", facts.join(", ")) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a code as the specification of gRPC writes it.
fn name_of(code: Code) -> &'static str {
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
