//! The words by which programs tell reasons apart: `spec/errors.md`.

use mfn_access::Refusal;

use super::Error;

/// The reason of what was refused as no gRPC at all. Like the next two, it is told to
/// those who operate the server and not to the caller.
pub(crate) const NOT_GRPC: &str = "NOT_GRPC";
/// The reason of what was refused for its headers.
pub(crate) const HEADERS_TOO_LARGE: &str = "HEADERS_TOO_LARGE";
/// The reason of what was reset, since nobody read the answer.
pub(crate) const NOT_READ: &str = "NOT_READ";

/// All reasons.
pub(crate) const REASONS: [&str; 28] = [
    NOT_GRPC,
    HEADERS_TOO_LARGE,
    NOT_READ,
    "PARAMETER_OUT_OF_RANGE",
    "MESSAGE_TOO_LARGE",
    "CARDINALITY",
    "MALFORMED_MESSAGE",
    "COMPRESSION_UNSUPPORTED",
    "MALFORMED_TIMEOUT",
    "CREDENTIALS_MISSING",
    "CREDENTIALS_INVALID",
    "TIMESTAMP_MALFORMED",
    "TIMESTAMP_OUTSIDE_WINDOW",
    "SIGNATURE_REPLAYED",
    "REPLAY_MEMORY_FULL",
    "SCOPE_DENIED",
    "RATE_LIMIT_RPS",
    "RATE_LIMIT_CONCURRENT",
    "UNCHARGED_LIMIT",
    "MESSAGE_TIMEOUT",
    "DEADLINE",
    "COST_TOO_HIGH",
    "QUEUE_FULL",
    "METHOD_UNKNOWN",
    "AUDIT_STALLED",
    "LIMITS_UNAVAILABLE",
    "SHUTTING_DOWN",
    "INTERNAL",
];

impl Error {
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::ParameterOutOfRange(_) => "PARAMETER_OUT_OF_RANGE",
            Self::RequestTooLarge { .. }
            | Self::AnswerTooLarge { .. }
            | Self::TooManyFields { .. } => "MESSAGE_TOO_LARGE",
            #[cfg(feature = "web")]
            Self::TooLargeForWeb(_) => "MESSAGE_TOO_LARGE",
            #[cfg(feature = "web")]
            Self::MalformedRequest(_) => "MALFORMED_MESSAGE",
            Self::NoMessage | Self::SecondMessage => "CARDINALITY",
            Self::MalformedMessage => "MALFORMED_MESSAGE",
            Self::Compressed => "COMPRESSION_UNSUPPORTED",
            Self::MalformedTimeout(_) => "MALFORMED_TIMEOUT",
            Self::Unauthenticated(refusal) => reason_of(refusal),
            Self::SignatureReplayed => "SIGNATURE_REPLAYED",
            Self::ReplayMemoryFull { .. } => "REPLAY_MEMORY_FULL",
            Self::ScopeDenied { .. } => "SCOPE_DENIED",
            Self::RateExceeded { .. } => "RATE_LIMIT_RPS",
            Self::TooManyAtOnce { .. } => "RATE_LIMIT_CONCURRENT",
            Self::TooManyFreeCalls { .. } => "UNCHARGED_LIMIT",
            Self::MessageTimeout(_) => "MESSAGE_TIMEOUT",
            Self::DeadlineExceeded => "DEADLINE",
            Self::CostTooHigh { .. } => "COST_TOO_HIGH",
            Self::QueueFull(_) => "QUEUE_FULL",
            Self::MethodUnknown => "METHOD_UNKNOWN",
            Self::AuditStalled => "AUDIT_STALLED",
            Self::LimitsUnavailable | Self::SignatureTooOld => "LIMITS_UNAVAILABLE",
            Self::ShuttingDown => "SHUTTING_DOWN",
            Self::Internal => "INTERNAL",
        }
    }
}

fn reason_of(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Missing(_) => "CREDENTIALS_MISSING",
        Refusal::Repeated(_) | Refusal::NotAscii(_) | Refusal::NotVerified => "CREDENTIALS_INVALID",
        Refusal::MalformedTimestamp => "TIMESTAMP_MALFORMED",
        Refusal::OutsideWindow { .. } => "TIMESTAMP_OUTSIDE_WINDOW",
    }
}
