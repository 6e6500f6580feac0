//! How a call has ended, as gRPC tells it in headers or trailers, and as Connect and HTTP
//! name it.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::{HeaderMap, HeaderName, StatusCode};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode, utf8_percent_encode};
use prost::Message as _;
use prost_types::Any;

pub(crate) const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
pub(crate) const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
pub(crate) const GRPC_STATUS_DETAILS: HeaderName =
    HeaderName::from_static("grpc-status-details-bin");

/// Those that tell a status together.
pub(crate) const STATUS_HEADERS: [HeaderName; 3] = [GRPC_STATUS, GRPC_MESSAGE, GRPC_STATUS_DETAILS];

/// Base64 that is written without padding, and read with it or without.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The codes of gRPC by their numbers: Connect's names, and HTTP's statuses
/// (connectrpc.com/docs/protocol, "Error Codes").
const CODES: [(&str, u16); 17] = [
    ("ok", 200),
    ("canceled", 499),
    ("unknown", 500),
    ("invalid_argument", 400),
    ("deadline_exceeded", 504),
    ("not_found", 404),
    ("already_exists", 409),
    ("permission_denied", 403),
    ("resource_exhausted", 429),
    ("failed_precondition", 400),
    ("aborted", 409),
    ("out_of_range", 400),
    ("unimplemented", 501),
    ("internal", 500),
    ("unavailable", 503),
    ("data_loss", 500),
    ("unauthenticated", 401),
];
/// What a message in a header has escaped (gRPC over HTTP/2, "Status-Message").
const ESCAPED: &AsciiSet = &CONTROLS.add(b'%');
const OK: usize = 0;
const UNKNOWN: usize = 2;
const UNIMPLEMENTED: usize = 12;

/// How a call has ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GrpcStatus {
    code: usize,
    pub(crate) message: String,
    pub(crate) details: Vec<Any>,
}

/// `google.rpc.Status`, of which the rest is in headers of its own.
#[derive(Clone, PartialEq, prost::Message)]
struct Details {
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

impl GrpcStatus {
    /// The one that `headers` tell, if they tell one.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let code = headers.get(GRPC_STATUS)?;
        let code = code.to_str().ok().and_then(|code| code.parse().ok());
        let code = code.filter(|code| *code < CODES.len()).unwrap_or(UNKNOWN);
        let message = headers
            .get(GRPC_MESSAGE)
            .map(|message| percent_decode(message.as_bytes()).decode_utf8_lossy().into_owned());
        let details = headers.get(GRPC_STATUS_DETAILS).and_then(|details| {
            let details = BASE64.decode(details.as_bytes()).ok()?;
            Details::decode(&*details).ok()
        });
        Some(Self {
            code,
            message: message.unwrap_or_default(),
            details: details.unwrap_or_default().details,
        })
    }

    /// That of an answer that breaks the rules of gRPC.
    pub(crate) fn unknown(message: &str) -> Self {
        Self { code: UNKNOWN, message: message.to_owned(), details: Vec::new() }
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.code == OK
    }

    /// The same, unless it says that all is well with a call that has no message.
    pub(crate) fn or_without_message(self) -> Self {
        if self.is_ok() { Self::unknown("the answer has no message") } else { self }
    }

    pub(crate) fn is_unimplemented(&self) -> bool {
        self.code == UNIMPLEMENTED
    }

    pub(crate) fn number(&self) -> usize {
        self.code
    }

    /// The message as headers have it.
    pub(crate) fn encoded_message(&self) -> String {
        utf8_percent_encode(&self.message, ESCAPED).to_string()
    }

    /// The name that Connect has for it.
    pub(crate) fn name(&self) -> &'static str {
        CODES[self.code].0
    }

    /// What HTTP says instead.
    pub(crate) fn http(&self) -> StatusCode {
        StatusCode::from_u16(CODES[self.code].1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Takes what tells a status away from `headers`, and returns it.
pub(crate) fn take_status(headers: &mut HeaderMap) -> HeaderMap {
    let taken = STATUS_HEADERS.into_iter();
    taken.filter_map(|name| headers.remove(&name).map(|value| (name, value))).collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn status(code: &'static str, message: &'static str) -> GrpcStatus {
        let mut headers = HeaderMap::new();
        headers.insert(GRPC_STATUS, HeaderValue::from_static(code));
        headers.insert(GRPC_MESSAGE, HeaderValue::from_static(message));
        GrpcStatus::of(&headers).expect("a status")
    }

    #[test]
    fn a_status_is_read_from_its_headers() {
        let refused = status("3", "50%25 of it%0A");
        assert_eq!((refused.name(), refused.http()), ("invalid_argument", StatusCode::BAD_REQUEST));
        assert_eq!(refused.message, "50% of it\n");
        assert!(status("0", "").is_ok());
        assert_eq!(GrpcStatus::of(&HeaderMap::new()), None);
    }

    #[test]
    fn a_code_that_is_none_is_unknown() {
        for code in ["17", "-1", "", "x"] {
            assert_eq!(status(code, "").name(), "unknown", "{code}");
        }
    }

    #[test]
    fn every_code_has_a_status_of_http() {
        for (name, http) in CODES {
            assert_eq!(StatusCode::from_u16(http).expect("a status").as_u16(), http, "{name}");
        }
    }
}
