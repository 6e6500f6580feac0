//! Calls by Connect over HTTP/1.1, each on a connection of its own.

use bytes::Bytes;
use conformance_web::request::{self, Content};
use conformance_web::{AnswerReader, Exchange, ExchangeError, Http, Protocol};
use conformance_wire::{Endpoint, messages};
use http::{HeaderValue, Request};
use soak::message::framed;
use soak::signature;

use super::call::Call;

/// A call on a connection of its own: the message of its answer, or how else it ended.
///
/// # Errors
/// The connection was lost before an answer came.
pub(super) async fn call(
    endpoint: &Endpoint,
    secret: &str,
    Call { method, request, .. }: &Call,
) -> Result<Result<Bytes, String>, String> {
    let content = Content::Message(framed(method, request), request.to_string());
    let parts = request::parts(Protocol::ConnectJson, false, content);
    let path = format!("/{method}");
    let head = Request::post(&path).header("host", endpoint.authority());
    let mut head = head.body(parts.body).map_err(|error| error.to_string())?;
    for (name, value) in parts.headers {
        head.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    head.headers_mut().extend(signature::headers(secret, &path));
    let lost = |error: ExchangeError| error.to_string();
    let mut exchange = Exchange::begin(endpoint, Http::One, head).await.map_err(lost)?;
    let head = exchange.head().await.map_err(lost)?.ok_or("there was no head")?;
    let (parts, ()) = head.into_parts();
    let status = parts.status;
    let method = messages::method(method);
    let mut reader = AnswerReader::new(Protocol::ConnectJson, method, status, parts.headers);
    while let Some(data) = exchange.data().await.map_err(lost)? {
        reader.take(&data);
    }
    let end = reader.end();
    Ok(match (end.message, end.faults.first()) {
        (Some(message), None) if status.is_success() => Ok(message.bytes),
        (_, fault) => Err(format!("Connect ends with HTTP status {status}, {fault:?}")),
    })
}
