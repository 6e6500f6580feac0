//! Makes a gRPC request of what a web protocol has sent.

mod body;
mod limits;
mod messages;
mod prefix;
mod query;
mod text;
mod timeout;
mod whole;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method as HttpMethod, Request};

use crate::fault::Fault;
use crate::methods::Method;
use crate::protocol::{Codec, Form};
use body::Conversion;
pub use body::{GrpcBody, RequestError};
pub(crate) use limits::Limits;
pub(crate) use prefix::{PREFIX_BYTES, prefix};
pub(crate) use query::Query;
use whole::WholeMessage;

const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
const CONNECT_TIMEOUT: HeaderName = HeaderName::from_static("connect-timeout-ms");
const CONNECT_VERSION: HeaderName = HeaderName::from_static("connect-protocol-version");
const CONNECT_ENCODING: HeaderName = HeaderName::from_static("connect-content-encoding");
const CONNECT_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("connect-accept-encoding");
const X_GRPC_WEB: HeaderName = HeaderName::from_static("x-grpc-web");

/// A gRPC request that asks what `request` does in this `form`.
pub(crate) fn to_grpc<B>(
    request: Request<B>,
    form: Form,
    method: Option<&Method>,
    limits: Limits,
) -> Request<GrpcBody<B>> {
    let (mut head, body) = request.into_parts();
    let conversion = conversion(&head, form, method, limits);
    let conversion = set_headers(&mut head, form).and(conversion);
    let body = match conversion {
        Ok(None) => GrpcBody::as_it_is(body),
        Ok(Some(conversion)) => GrpcBody::new(body, conversion),
        Err(fault) => GrpcBody::new(body, Conversion::Broken(fault)),
    };
    Request::from_parts(head, body)
}

/// The same for a GET, whose message is in its query. It is read when the service asks for
/// it, and not before it is known who calls.
pub(crate) fn from_query<B>(
    request: Request<B>,
    query: Query,
    codec: Codec,
    method: &Method,
    limits: Limits,
) -> Request<GrpcBody<B>> {
    let (mut head, body) = request.into_parts();
    head.method = HttpMethod::POST;
    let conversion = match set_headers(&mut head, Form::ConnectUnary { codec }) {
        Err(fault) => Conversion::Broken(fault),
        Ok(()) if query.is_compressed() => Conversion::compressed(),
        Ok(()) => {
            let json = (codec == Codec::Json).then(|| method.request.clone());
            Conversion::Query(query, WholeMessage::new(json, limits))
        }
    };
    Request::from_parts(head, GrpcBody::new(body, conversion))
}

/// How the body becomes messages with their prefixes, if it does not have them.
fn conversion(
    head: &Parts,
    form: Form,
    method: Option<&Method>,
    limits: Limits,
) -> Result<Option<Conversion>, Fault> {
    let json = match (form.codec(), method) {
        (Codec::Proto, _) => None,
        (Codec::Json, Some(method)) => Some(method.request.clone()),
        (Codec::Json, None) => {
            let text = "call a method whose messages are known here, or send it in protobuf";
            return Err(Fault::Malformed(text.to_owned()));
        }
    };
    Ok(Some(match form {
        Form::Grpc => return Ok(None),
        Form::GrpcWebText => Conversion::Text(text::Decoder::default()),
        Form::GrpcWeb { .. } | Form::ConnectStream { .. } => match json {
            Some(message) => Conversion::Messages(messages::JsonMessages::new(message, limits)),
            None => return Ok(None),
        },
        Form::ConnectUnary { .. } if is_compressed(head) => Conversion::compressed(),
        Form::ConnectUnary { .. } => match length(head) {
            Some(length) if json.is_none() => {
                Conversion::Prefixed(Some(Bytes::copy_from_slice(&prefix(0, length))))
            }
            length => {
                limits.check_message(length.unwrap_or_default())?;
                Conversion::Whole(WholeMessage::new(json, limits))
            }
        },
    }))
}

/// What the header says of the body's length.
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
