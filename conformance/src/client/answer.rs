//! What comes of a call.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use bytes::{Buf as _, Bytes, BytesMut};
use conformance_web::{Fault, Protocol};
use http::{HeaderMap, StatusCode};
use percent_encoding::percent_decode;

use super::Details;
use crate::case::Code;

/// A flag and a length stand before each message.
const PREFIX_BYTES: usize = 5;
/// `-bin` metadata come with padding or without (gRPC over HTTP/2).
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// All that came.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The full name of the method that was called.
    pub method: String,
    /// How it was called.
    pub protocol: Protocol,
    /// What is wrong with the answer by this protocol.
    pub faults: Vec<Fault>,
    /// The HTTP status.
    pub http: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The messages, in order.
    pub messages: Vec<Arrived>,
    /// What was left of the data after the last whole message.
    pub rest: Bytes,
    /// The trailers, if there were any.
    pub trailers: Option<HeaderMap>,
    /// How the stream was reset, if it was.
    pub reset: Option<h2::Reason>,
}

/// A message, and when it was whole.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Whether its prefix says that it is compressed.
    pub is_compressed: bool,
    /// In protobuf, without its prefix.
    pub bytes: Bytes,
    /// As it came, if it came in JSON.
    pub json: Option<Bytes>,
    /// When.
    pub at: Instant,
}

/// A gRPC status.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// The code.
    pub code: Code,
    /// The message, decoded.
    pub message: String,
    /// The details, or what is wrong with them.
    pub details: Result<Details, String>,
}

/// A little more than the interval of a rate: who has not called for so long is admitted.
pub(crate) const RATE_INTERVAL: Duration = Duration::from_millis(1050);

impl Answer {
    pub(super) fn new(method: String, http: StatusCode, headers: HeaderMap) -> Self {
        let (messages, rest, faults) = (Vec::new(), Bytes::new(), Vec::new());
        let (protocol, trailers, reset) = (Protocol::Grpc, None, None);
        Self { method, protocol, faults, http, headers, messages, rest, trailers, reset }
    }

    /// Whether a call was refused for how often its caller calls, as far as that can be
    /// told of a server that may not say so.
    pub(crate) fn is_over_a_limit(&self) -> bool {
        self.status().is_some_and(|status| {
            let reason = status.details.as_ref().ok().and_then(|details| details.reason());
            status.code == Code::ResourceExhausted
                && reason.is_none_or(|reason| reason.starts_with("RATE_LIMIT"))
        })
    }

    /// Takes what came of the body; `rest` holds a message that is not whole.
    pub(super) fn take(&mut self, data: &Bytes) {
        let mut bytes = BytesMut::from(&*self.rest);
        bytes.extend_from_slice(data);
        let mut bytes = bytes.freeze();
        while let Some(length) = whole_message(&bytes) {
            let is_compressed = bytes[0] != 0;
            bytes.advance(PREFIX_BYTES);
            let message = bytes.split_to(length);
            self.messages.push(Arrived {
                is_compressed,
                bytes: message,
                json: None,
                at: Instant::now(),
            });
        }
        self.rest = bytes;
    }

    /// Where the status is: the trailers, or the headers of an answer that has nothing
    /// else.
    fn last_headers(&self) -> Option<&HeaderMap> {
        let has_body = !self.messages.is_empty() || !self.rest.is_empty();
        self.trailers.as_ref().or_else(|| (!has_body).then_some(&self.headers))
    }

    /// A metadata entry of the headers or the trailers, as text.
    #[must_use]
    pub fn metadata(&self, name: &str) -> Option<String> {
        let value = self.headers.get(name).or_else(|| self.trailers.as_ref()?.get(name))?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    /// All values of a metadata entry, of the headers and the trailers.
    #[must_use]
    pub fn all_metadata(&self, name: &str) -> Vec<String> {
        let all = std::iter::once(&self.headers).chain(&self.trailers);
        let values = all.flat_map(|headers| headers.get_all(name));
        values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
    }

    /// The gRPC status, if there is one.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        let headers = self.last_headers()?;
        let number = headers.get("grpc-status")?.to_str().ok()?.parse().ok()?;
        let text = headers.get("grpc-message").map_or(&[][..], |value| value.as_bytes());
        let details =
            headers.get("grpc-status-details-bin").map_or(Ok(Details::default()), |value| {
                let bytes = BASE64.decode(value.as_bytes()).map_err(|error| error.to_string())?;
                Details::decode(&bytes)
            });
        Some(Status {
            code: Code::from_number(number).unwrap_or(Code::Unknown),
            message: percent_decode(text).decode_utf8_lossy().into_owned(),
            details,
        })
    }
}

/// How long the message is that `bytes` begin with, if it is whole.
fn whole_message(bytes: &[u8]) -> Option<usize> {
    let length = bytes.get(1..PREFIX_BYTES)?.try_into().map(u32::from_be_bytes).ok()? as usize;
    (bytes.len() - PREFIX_BYTES >= length).then_some(length)
}
