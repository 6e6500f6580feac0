//! The message of a request, and what an answer says of the request.

use bytes::{Buf as _, Bytes};
use http::HeaderMap;
use http_body_util::BodyExt as _;
use prost::{Message, Name};
use prost_types::Any;
use tonic::body::Body;
use tonic::{Code, Status};

use crate::proto::Header;
use crate::proto::conformance_payload::RequestInfo;

/// A flag and a length stand before a message.
const PREFIX_BYTES: usize = 5;
/// What the type of a message in an `Any` begins with.
const TYPE_URL: &str = "type.googleapis.com/";

/// The one message of a request.
///
/// # Errors
/// There is none, or a second one, or it is too long, compressed, or no such message.
pub(crate) async fn one_message<M: Message + Default>(
    headers: &HeaderMap,
    mut body: Body,
    max_bytes: usize,
) -> Result<M, Status> {
    let mut data = Vec::new();
    while let Some(frame) = body.frame().await.transpose()? {
        if let Ok(more) = frame.into_data() {
            data.extend_from_slice(&more);
        }
        if data.len() >= PREFIX_BYTES && length(&data) > max_bytes {
            return Err(Status::resource_exhausted(format!("send at most {max_bytes} bytes")));
        }
    }
    let mut data = Bytes::from(data);
    if data.is_empty() {
        return Err(Status::unimplemented("send a message"));
    }
    if data.len() < PREFIX_BYTES || data.len() < PREFIX_BYTES + length(&data) {
        return Err(Status::internal("the message is not whole"));
    }
    if data.len() > PREFIX_BYTES + length(&data) {
        return Err(Status::unimplemented("send one message"));
    }
    if data[0] != 0 {
        let encoding = headers.get("grpc-encoding").filter(|name| *name != "identity");
        let code = if encoding.is_some() { Code::Unimplemented } else { Code::Internal };
        return Err(Status::new(code, "send a message that is not compressed"));
    }
    data.advance(PREFIX_BYTES);
    M::decode(data).map_err(|error| Status::internal(error.to_string()))
}

/// What the prefix says that follows it.
fn length(data: &[u8]) -> usize {
    let length = data[1..PREFIX_BYTES].iter();
    length.fold(0, |length, byte| length << 8 | usize::from(*byte))
}

/// What an answer says of its request.
pub(crate) fn request_info(headers: &HeaderMap, request: &impl Name) -> RequestInfo {
    let request_headers = headers.keys().map(|name| Header {
        name: name.to_string(),
        value: headers.get_all(name).iter().map(|value| text(value.as_bytes())).collect(),
    });
    RequestInfo {
        request_headers: request_headers.collect(),
        timeout_ms: timeout_ms(headers),
        requests: vec![any(request)],
        connect_get_info: None,
    }
}

/// A message with its type.
pub(crate) fn any<M: Name>(message: &M) -> Any {
    Any { type_url: TYPE_URL.to_owned() + &M::full_name(), value: message.encode_to_vec() }
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

/// The time that the caller waits, rounded down, since some of it has passed.
pub(crate) fn timeout_ms(headers: &HeaderMap) -> Option<i64> {
    let timeout = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = timeout.split_at_checked(timeout.len().checked_sub(1)?)?;
    let amount: i64 = digits.parse().ok()?;
    Some(match unit {
        "H" => amount * 3_600_000,
        "M" => amount * 60_000,
        "S" => amount * 1000,
        "m" => amount,
        "u" => amount / 1000,
        "n" => amount / 1_000_000,
        _ => return None,
    })
}
