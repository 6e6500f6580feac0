//! A call as an HTTP request.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use conformance_wire::messages;
use http::Method;
use http::header::CONTENT_TYPE;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::protocol::{Framing, Protocol};

/// A flag and a length stand before a message where it is not alone.
pub(crate) const PREFIX_BYTES: usize = 5;
/// The version of Connect.
const CONNECT_VERSION: (&str, &str) = ("connect-protocol-version", "1");

/// What a call sends of itself, beside the metadata of its case.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The HTTP method.
    pub verb: Method,
    /// What follows the path.
    pub query: Option<String>,
    /// Headers that its protocol has.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body.
    pub body: Bytes,
}

/// The one message of a call.
#[derive(Clone, Debug)]
pub enum Content {
    /// In protobuf with gRPC's prefix, and in JSON.
    Message(Bytes, String),
    /// The body, or the query of a GET, as it is.
    AsItIs(Bytes),
}

/// What a call by `protocol` sends, to a method that `streams` or does not.
#[must_use]
pub fn parts(protocol: Protocol, streams: bool, content: Content) -> Parts {
    if protocol.is_get() {
        let query = Some(query(protocol, content));
        return Parts { verb: Method::GET, query, headers: Vec::new(), body: Bytes::new() };
    }
    let content_type = protocol.content_type(streams);
    let mut headers: Vec<_> =
        content_type.map(|value| (CONTENT_TYPE.as_str(), value)).into_iter().collect();
    if matches!(protocol, Protocol::Connect | Protocol::ConnectJson) {
        headers.push(CONNECT_VERSION);
    }
    let body = match content {
        Content::AsItIs(body) => body,
        Content::Message(framed, json) => body(protocol, streams, framed, json),
    };
    Parts { verb: Method::POST, query: None, headers, body }
}

fn body(protocol: Protocol, streams: bool, framed: Bytes, json: String) -> Bytes {
    match (protocol.framing(streams), protocol) {
        (Framing::GrpcWeb, Protocol::GrpcWebText) => STANDARD.encode(framed).into(),
        (Framing::Envelopes, Protocol::ConnectJson) => messages::framed(json.as_bytes()).into(),
        (Framing::Whole, Protocol::ConnectJson) => json.into(),
        (Framing::Whole, _) => framed.slice(PREFIX_BYTES.min(framed.len())..),
        _ => framed,
    }
}

fn query(protocol: Protocol, content: Content) -> String {
    match content {
        Content::AsItIs(query) => String::from_utf8_lossy(&query).into_owned(),
        Content::Message(_, json) if protocol.is_json() => {
            let message = utf8_percent_encode(&json, NON_ALPHANUMERIC);
            format!("connect=v1&encoding=json&message={message}")
        }
        Content::Message(framed, _) => {
            let message = URL_SAFE_NO_PAD.encode(&framed[PREFIX_BYTES.min(framed.len())..]);
            format!("connect=v1&encoding=proto&base64=1&message={message}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(protocol: Protocol, streams: bool) -> Parts {
        let framed = Bytes::from_static(&[0, 0, 0, 0, 2, 16, 42]);
        parts(protocol, streams, Content::Message(framed, r#"{"seed":42}"#.to_owned()))
    }

    #[test]
    fn each_protocol_has_its_body() {
        let body = |protocol, streams| sent(protocol, streams).body;
        assert_eq!(&*body(Protocol::GrpcWeb, true), [0, 0, 0, 0, 2, 16, 42]);
        assert_eq!(&*body(Protocol::GrpcWebText, false), b"AAAAAAIQKg==");
        assert_eq!(&*body(Protocol::Connect, false), [16, 42]);
        assert_eq!(&*body(Protocol::Connect, true), [0, 0, 0, 0, 2, 16, 42]);
        assert_eq!(&*body(Protocol::ConnectJson, false), br#"{"seed":42}"#);
        assert_eq!(&*body(Protocol::ConnectJson, true), b"\0\0\0\0\x0b{\"seed\":42}");
    }

    #[test]
    fn a_get_has_its_message_in_the_query() {
        let query = |protocol| sent(protocol, false).query.expect("a query");
        assert_eq!(query(Protocol::ConnectGet), "connect=v1&encoding=proto&base64=1&message=ECo");
        let json = query(Protocol::ConnectGetJson);
        assert_eq!(json, "connect=v1&encoding=json&message=%7B%22seed%22%3A42%7D");
    }
}
