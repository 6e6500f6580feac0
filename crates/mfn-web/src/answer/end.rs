//! How the end of an answer is told that may have any number of messages.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::HeaderMap;
use prost_reflect::DescriptorPool;
use serde::Serialize;

use super::error_json::ErrorJson;
use crate::request::prefix;
use crate::status::{GRPC_MESSAGE, GRPC_STATUS, GrpcStatus, STATUS_HEADERS};

/// The flag of the trailers of gRPC-Web.
const TRAILERS: u8 = 0x80;
/// The flag of the last message of Connect.
const END_OF_STREAM: u8 = 2;

/// See the module.
#[derive(Clone, Debug)]
pub(super) enum Ending {
    /// Trailers are a last message. It may be in base64.
    GrpcWeb { is_text: bool },
    /// Error and trailers are a last message in JSON.
    Connect(DescriptorPool),
    /// There is no place for it: what has begun can only break off.
    Unary,
}

/// The answer has no place for how it ended.
#[derive(Debug)]
pub(super) struct NoPlace;

/// The last message of Connect.
#[derive(Serialize)]
struct EndOfStream<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorJson<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<&'a str, Vec<String>>,
}

impl Ending {
    /// The last message of an answer that ends with these `trailers`, which tell `status`.
    ///
    /// # Errors
    /// There is no place for an error.
    pub(super) fn of_trailers(
        &self,
        status: &GrpcStatus,
        trailers: &HeaderMap,
    ) -> Result<Option<Bytes>, NoPlace> {
        match self {
            Self::GrpcWeb { is_text } => Ok(Some(grpc_web(status, trailers, *is_text))),
            Self::Connect(descriptors) => Ok(Some(connect(status, trailers, descriptors))),
            Self::Unary if status.is_ok() => Ok(None),
            Self::Unary => Err(NoPlace),
        }
    }
}

fn grpc_web(status: &GrpcStatus, trailers: &HeaderMap, is_text: bool) -> Bytes {
    let mut lines = Vec::new();
    let mut line = |name: &str, value: &[u8]| {
        lines.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
    };
    if !trailers.contains_key(GRPC_STATUS) {
        line(GRPC_STATUS.as_str(), status.number().to_string().as_bytes());
        line(GRPC_MESSAGE.as_str(), status.encoded_message().as_bytes());
    }
    for (name, value) in trailers {
        line(name.as_str(), value.as_bytes());
    }
    let message = [&prefix(TRAILERS, lines.len())[..], &lines].concat();
    if is_text { super::output::base64(&message).into() } else { message.into() }
}

fn connect(status: &GrpcStatus, trailers: &HeaderMap, descriptors: &DescriptorPool) -> Bytes {
    let mut metadata = BTreeMap::<_, Vec<_>>::new();
    for (name, value) in trailers {
        if !STATUS_HEADERS.contains(name) {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            metadata.entry(name.as_str()).or_default().push(value);
        }
    }
    let error = (!status.is_ok()).then(|| ErrorJson::of(status, descriptors));
    let end = serde_json::to_vec(&EndOfStream { error, metadata }).unwrap_or_default();
    [&prefix(END_OF_STREAM, end.len())[..], &end].concat().into()
}
