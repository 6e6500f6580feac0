//! Every reason for which a call fails.

mod facts;
mod reasons;
mod status;
#[cfg(test)]
mod tests;

use std::time::Duration;

use mfn_access::{Key, KeyId, NotOnce, RateExceeded, Refusal, Service, Services};
use mfn_core::{Violation, Violations};
use tonic::Code;

use crate::cost::Cost;
use crate::message_timeout::MessageTimeout;
pub(crate) use reasons::{HEADERS_TOO_LARGE, NOT_GRPC, NOT_READ, REASONS};

/// Most characters of a refused value that are sent back.
const MAX_ECHO_CHARS: usize = 64;

/// When to try again if all permits of a key are taken. Nobody knows when a call ends.
const CONCURRENCY_RETRY: Duration = Duration::from_millis(100);
/// The same of calls that are charged to nobody: a while in which many of them end.
const FREE_CALL_RETRY: Duration = Duration::from_secs(1);
/// The same of calls that nobody can count: a server looks for the store as often.
const LIMITS_RETRY: Duration = Duration::from_secs(1);

/// As many calls wait for a worker as may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueFull {
    /// How many may wait.
    pub(crate) depth: usize,
    /// What those of the same tenant are expected to take.
    pub(crate) retry_after: Duration,
}

/// Why a call fails. Its text is one sentence that says what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// The request's values are out of their ranges.
    #[error("change what is out of range: {}", descriptions(.0))]
    ParameterOutOfRange(Violations),
    /// The request is longer than messages may be, in bytes.
    #[error("send at most {limit} bytes in a message: this one has {bytes}")]
    RequestTooLarge { bytes: usize, limit: usize },
    /// The answer would be longer than messages may be, in bytes.
    #[error(
        "ask for a smaller field or for none: the answer would have about {bytes} bytes, and a \
         message may have {limit}"
    )]
    AnswerTooLarge { bytes: usize, limit: usize },
    /// The request has more fields than messages may have.
    #[error("send at most {limit} fields in a message: this one has more")]
    TooManyFields { limit: usize },
    /// A request without a message.
    #[error("send one message: the request has none")]
    NoMessage,
    /// A request of more than one message.
    #[error("send one message: the request has more")]
    SecondMessage,
    /// What came is not the message of this method.
    #[error("send a message of the type that the method takes: this one cannot be decoded")]
    MalformedMessage,
    /// What came in a protocol of the web is not written as it has to be.
    #[cfg(feature = "web")]
    #[error("{0}")]
    MalformedRequest(String),
    /// What came in a protocol of the web is longer than it may be.
    #[cfg(feature = "web")]
    #[error(transparent)]
    TooLargeForWeb(mfn_web::Fault),
    /// The message is compressed.
    #[error("send the message uncompressed: compression is not supported")]
    Compressed,
    /// `grpc-timeout` is not a timeout: so much of it.
    #[error(
        "send a grpc-timeout of 1 to 8 digits and one of the units H, M, S, m, u, n, not \"{0}\""
    )]
    MalformedTimeout(String),
    /// Nobody knows who calls.
    #[error(transparent)]
    Unauthenticated(Refusal),
    /// The signature has served a call before.
    #[error("sign each call with its own timestamp: this signature was used before")]
    SignatureReplayed,
    /// The key has used as many signatures as are remembered.
    #[error(
        "call again in {} ms: the key has used {capacity} signatures that could still be valid, \
         and more are not remembered",
        millis_up(*wait)
    )]
    ReplayMemoryFull { key: KeyId, capacity: usize, wait: Duration },
    /// The caller's key is not for this service.
    #[error("call with a key for the service {}: this one is for {allowed}", service.name())]
    ScopeDenied { service: Service, allowed: Services },
    /// The key was charged as many calls of a second as it may: how long until
    /// one more.
    #[error("call again in {} ms: {limit} calls a second are allowed", millis_up(*wait))]
    RateExceeded { key: KeyId, limit: u32, wait: Duration },
    /// The key has as many calls open as it may.
    #[error("call again when a call has ended: {limit} at once are allowed")]
    TooManyAtOnce { key: KeyId, limit: u32 },
    /// The message has not come in time.
    #[error("send a message within {0}: this one has not come whole")]
    MessageTimeout(MessageTimeout),
    /// There are as many as may be of calls that are charged to nobody.
    #[error("call again in a second, or with less: {limit} {what} are allowed")]
    TooManyFreeCalls { what: &'static str, limit: usize },
    /// The computation is expected to take longer than the caller may have.
    #[error(
        "ask for a smaller lattice or for less of it: the call is expected to take {cost} seconds \
         of a core, and {limit} are allowed"
    )]
    CostTooHigh { cost: Cost, limit: Cost },
    /// The caller's time is up.
    #[error("allow more time or ask for less: the deadline passed before the answer was complete")]
    DeadlineExceeded,
    /// As many calls wait as may.
    #[error(
        "call again in {} ms: {} calls may wait for a worker, and no more of yours may",
        millis_up(.0.retry_after),
        .0.depth
    )]
    QueueFull(QueueFull),
    /// There is no such service or method.
    #[error("call a method of proto/mfn.proto: there is no such one here")]
    MethodUnknown,
    /// The call could not be recorded.
    #[error("call another server, or later: this one cannot record calls at the moment")]
    AuditStalled,
    /// Nobody counts for all servers.
    #[error(
        "call again in a second: the store that counts the calls of all replicas does not answer"
    )]
    LimitsUnavailable,
    /// Nobody knows whether the signature has served a call.
    #[error(
        "sign the call anew and send it again: the store of used signatures has begun to \
         remember after this one was made"
    )]
    SignatureTooOld,
    /// The server ends, and with it the call.
    #[error("call another server, or later: this one is shutting down")]
    ShuttingDown,
    /// The computation broke down: a fault of this program.
    #[error("the computation failed, which is a fault of the server and not of the request")]
    Internal,
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::ParameterOutOfRange(violations)
    }
}

impl From<QueueFull> for Error {
    fn from(full: QueueFull) -> Self {
        Self::QueueFull(full)
    }
}

#[cfg(feature = "web")]
impl From<mfn_web::Fault> for Error {
    fn from(fault: mfn_web::Fault) -> Self {
        match fault {
            mfn_web::Fault::Malformed(advice) => Self::MalformedRequest(advice),
            too_large => Self::TooLargeForWeb(too_large),
        }
    }
}

impl Error {
    /// `value` is what came as `grpc-timeout`.
    pub(crate) fn malformed_timeout(value: &[u8]) -> Self {
        let value = String::from_utf8_lossy(value);
        // As it would stand in a program: it may hold what ends lines, or has what
        // follows read backwards.
        Self::MalformedTimeout(shortened(&value.escape_debug().to_string()))
    }

    /// The signature of a call of `key` cannot serve it.
    pub(crate) fn not_once(reason: NotOnce, key: &Key) -> Self {
        match reason {
            NotOnce::Used => Self::SignatureReplayed,
            NotOnce::Full { capacity, wait } => {
                Self::ReplayMemoryFull { key: key.id().clone(), capacity, wait }
            }
        }
    }

    /// `key` was charged as many calls of a second as it may.
    pub(crate) fn rate_exceeded(exceeded: RateExceeded, key: &Key) -> Self {
        Self::RateExceeded { key: key.id().clone(), limit: key.limits().rps, wait: exceeded.wait }
    }

    /// `key` has as many calls open as it may.
    pub(crate) fn too_many_at_once(key: &Key) -> Self {
        Self::TooManyAtOnce { key: key.id().clone(), limit: key.limits().concurrent }
    }

    fn code(&self) -> Code {
        match self {
            Self::ParameterOutOfRange(_) => Code::InvalidArgument,
            #[cfg(feature = "web")]
            Self::MalformedRequest(_) => Code::InvalidArgument,
            #[cfg(feature = "web")]
            Self::TooLargeForWeb(_) => Code::ResourceExhausted,
            Self::RequestTooLarge { .. }
            | Self::AnswerTooLarge { .. }
            | Self::TooManyFields { .. }
            | Self::ReplayMemoryFull { .. }
            | Self::RateExceeded { .. }
            | Self::TooManyAtOnce { .. }
            | Self::TooManyFreeCalls { .. }
            | Self::CostTooHigh { .. }
            | Self::QueueFull(_) => Code::ResourceExhausted,
            Self::Unauthenticated(_) | Self::SignatureReplayed => Code::Unauthenticated,
            Self::ScopeDenied { .. } => Code::PermissionDenied,
            Self::NoMessage | Self::SecondMessage | Self::Compressed | Self::MethodUnknown => {
                Code::Unimplemented
            }
            Self::DeadlineExceeded | Self::MessageTimeout(_) => Code::DeadlineExceeded,
            Self::AuditStalled
            | Self::LimitsUnavailable
            | Self::SignatureTooOld
            | Self::ShuttingDown => Code::Unavailable,
            Self::MalformedMessage | Self::MalformedTimeout(_) | Self::Internal => Code::Internal,
        }
    }

    /// When a call may succeed that is refused for too many others.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::QueueFull(full) => Some(full.retry_after),
            Self::RateExceeded { wait, .. } | Self::ReplayMemoryFull { wait, .. } => Some(*wait),
            Self::TooManyAtOnce { .. } => Some(CONCURRENCY_RETRY),
            Self::TooManyFreeCalls { .. } => Some(FREE_CALL_RETRY),
            Self::LimitsUnavailable | Self::SignatureTooOld => Some(LIMITS_RETRY),
            _ => None,
        }
    }
}

/// Whole milliseconds, of which none is too few to wait.
fn millis_up(wait: Duration) -> u64 {
    wait.as_nanos().div_ceil(1_000_000) as u64
}

/// All of them, for one sentence.
fn descriptions(violations: &Violations) -> String {
    let named = |violation: &Violation| format!("{} {}", violation.field, description(violation));
    let all: Vec<_> = violations.as_slice().iter().map(named).collect();
    all.join("; ")
}

fn description(violation: &Violation) -> String {
    format!("is {}, allowed is {}", shortened(&violation.value), violation.allowed)
}

/// The value, or its beginning: it comes from outside, and a status must stay
/// small whatever came.
fn shortened(value: &str) -> String {
    match value.char_indices().nth(MAX_ECHO_CHARS) {
        Some((end, _)) => format!("{}...", &value[..end]),
        None => value.to_owned(),
    }
}
