//! Makes a gRPC request of what a web protocol has sent.

mod body;
mod messages;
mod query;
mod text;
mod timeout;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method as HttpMethod, Request};

use crate::fault::Fault;
use crate::json;
use crate::methods::Method;
use crate::protocol::{Codec, Form};
use body::Content;
pub use body::{GrpcBody, RequestError};
pub(crate) use query::Query;

/// Bytes before each message: a flag, and the length.
pub(crate) const PREFIX_BYTES: usize = 5;
/// The flag of a compressed message.
pub(crate) const COMPRESSED: u8 = 1;

const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
const CONNECT_TIMEOUT: HeaderName = HeaderName::from_static("connect-timeout-ms");
const CONNECT_VERSION: HeaderName = HeaderName::from_static("connect-protocol-version");
const CONNECT_ENCODING: HeaderName = HeaderName::from_static("connect-content-encoding");
const CONNECT_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("connect-accept-encoding");
const X_GRPC_WEB: HeaderName = HeaderName::from_static("x-grpc-web");

/// The prefix of a message of so many bytes. What is longer than a prefix can say is as
/// long as one can say, which no service takes.
pub(crate) fn prefix(flag: u8, bytes: usize) -> [u8; PREFIX_BYTES] {
    let [a, b, c, d] = u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes();
    [flag, a, b, c, d]
}

/// A message with its prefix.
pub(crate) fn prefixed(message: &[u8]) -> Bytes {
    [&prefix(0, message.len()), message].concat().into()
}

/// A gRPC request that asks what `request` does in this `form`. Of a message that has to be
/// there as a whole it takes at most `limit` bytes.
pub(crate) fn to_grpc<B>(
    request: Request<B>,
    form: Form,
    method: Option<&Method>,
    limit: usize,
) -> Request<GrpcBody<B>> {
    let (mut head, body) = request.into_parts();
    let content = content(&head, form, method, limit);
    let content = set_headers(&mut head, form).and(content);
    let body = match content {
        Ok(None) => GrpcBody::as_it_is(body),
        Ok(Some(content)) => GrpcBody::new(body, content),
        Err(fault) => GrpcBody::new(body, Content::Broken(fault)),
    };
    Request::from_parts(head, body)
}

/// The same for a GET, whose message is in its query.
pub(crate) fn from_query<B>(
    request: Request<B>,
    codec: Codec,
    method: &Method,
    limit: usize,
) -> Request<GrpcBody<B>> {
    let (mut head, body) = request.into_parts();
    let query = Query::of(&head.uri);
    let message = || {
        let message = query.message(limit)?;
        Ok(match codec {
            Codec::Proto => prefixed(&message),
            Codec::Json => prefixed(&json::read(&method.request, &message)?),
        })
    };
    let content = if query.is_compressed() {
        Content::compressed()
    } else {
        message().map_or_else(Content::Broken, |message| Content::Ready(Some(message)))
    };
    head.method = HttpMethod::POST;
    let form = Form::ConnectUnary { codec };
    let content = set_headers(&mut head, form).map_or_else(Content::Broken, |()| content);
    Request::from_parts(head, GrpcBody::new(body, content))
}

/// How the body becomes messages with their prefixes, if it has none.
fn content(
    head: &Parts,
    form: Form,
    method: Option<&Method>,
    limit: usize,
) -> Result<Option<Content>, Fault> {
    let json = method.filter(|_| form.codec() == Codec::Json).map(|method| method.request.clone());
    Ok(Some(match form {
        Form::Grpc => return Ok(None),
        Form::GrpcWebText => Content::Text(text::Decoder::default()),
        Form::GrpcWeb { .. } | Form::ConnectStream { .. } => match json {
            Some(message) => Content::Messages(messages::JsonMessages::new(message, limit)),
            None => return Ok(None),
        },
        Form::ConnectUnary { .. } if is_compressed(head) => Content::compressed(),
        Form::ConnectUnary { codec } => match length(head) {
            Some(length) if codec == Codec::Proto => {
                Content::Prefixed(Some(Bytes::copy_from_slice(&prefix(0, length))))
            }
            Some(length) if length > limit => return Err(Fault::TooLarge { limit }),
            _ => Content::Whole { read: Vec::new(), json, limit },
        },
    }))
}

fn length(head: &Parts) -> Option<usize> {
    head.headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Whether the one message is compressed.
fn is_compressed(head: &Parts) -> bool {
    let encoding = head.headers.get(CONTENT_ENCODING);
    encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Writes in gRPC's words what the headers say.
fn set_headers(head: &mut Parts, form: Form) -> Result<(), Fault> {
    let headers = &mut head.headers;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(TE, HeaderValue::from_static("trailers"));
    for name in [CONTENT_LENGTH, ACCEPT_ENCODING, CONNECT_ACCEPT_ENCODING, X_GRPC_WEB] {
        headers.remove(name);
    }
    let is_connect = matches!(form, Form::ConnectUnary { .. } | Form::ConnectStream { .. });
    if !is_connect {
        return Ok(());
    }
    // Those of gRPC have no meaning in Connect.
    headers.remove(GRPC_TIMEOUT);
    headers.remove(GRPC_ENCODING);
    let encoding = headers.remove(CONNECT_ENCODING).or_else(|| headers.remove(CONTENT_ENCODING));
    if let Some(encoding) = encoding {
        headers.insert(GRPC_ENCODING, encoding);
    }
    if let Some(timeout) = headers.remove(CONNECT_TIMEOUT) {
        headers.insert(GRPC_TIMEOUT, timeout::to_grpc(&timeout)?);
    }
    match headers.remove(CONNECT_VERSION) {
        Some(version) if version != "1" => Err(Fault::Malformed(
            "send connect-protocol-version 1 or none: no other is spoken here".to_owned(),
        )),
        _ => Ok(()),
    }
}
