//! Calls by gRPC, on a connection that stays.

use bytes::Bytes;
use conformance_wire::{Endpoint, messages};
use h2::client::SendRequest;
use http::{HeaderValue, Request};
use soak::message::framed;
use soak::signature;

use super::call::Call;

/// Makes a connection.
///
/// # Errors
/// The server does not take it.
pub(super) async fn connect(endpoint: &Endpoint) -> Result<SendRequest<Bytes>, String> {
    let stream = endpoint.connect().await.map_err(|error| error.to_string())?;
    let (requests, connection) =
        h2::client::handshake(stream).await.map_err(|error| error.to_string())?;
    tokio::spawn(async move { drop(connection.await) });
    Ok(requests)
}

/// A call on this connection: the message of its answer.
///
/// # Errors
/// It is not answered by one message and OK.
pub(super) async fn call(
    requests: &SendRequest<Bytes>,
    endpoint: &Endpoint,
    secret: &str,
    Call { method, request, .. }: &Call,
) -> Result<Bytes, String> {
    let uri = format!("{endpoint}/{method}");
    let mut head = Request::post(uri).body(()).map_err(|error| error.to_string())?;
    head.headers_mut().extend(signature::headers(secret, &format!("/{method}")));
    for (name, value) in [("content-type", "application/grpc"), ("te", "trailers")] {
        head.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let said = |error: h2::Error| error.to_string();
    let mut ready = requests.clone().ready().await.map_err(said)?;
    let (answer, mut sender) = ready.send_request(head, false).map_err(said)?;
    sender.send_data(framed(method, request), true).map_err(said)?;
    let (parts, mut body) = answer.await.map_err(said)?.into_parts();
    let mut message = Vec::new();
    while let Some(data) = body.data().await {
        let data = data.map_err(said)?;
        body.flow_control().release_capacity(data.len()).map_err(said)?;
        message.extend(data);
    }
    let trailers = body.trailers().await.map_err(said)?.unwrap_or(parts.headers);
    match trailers.get("grpc-status") {
        Some(status) if status == "0" => only_message(&message),
        status => Err(format!("{method} ends with the status {status:?}")),
    }
}

/// The message of an answer that has one, without its prefix.
fn only_message(body: &[u8]) -> Result<Bytes, String> {
    match body.split_at_checked(messages::prefix(0).len()) {
        Some((prefix, message)) if prefix == messages::prefix(message.len()) => {
            Ok(Bytes::copy_from_slice(message))
        }
        _ => Err(format!("an answer of {} bytes is not one message", body.len())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::attacks::RUN;

    #[test]
    fn an_answer_is_one_whole_message() {
        let message = framed(RUN, &json!({"seed": 7}));
        assert_eq!(only_message(&message).as_deref(), Ok(&message[5..]));
        for bad in [&message[..4], &message[..6], &[&message[..], b"x"].concat()] {
            assert!(only_message(bad).is_err(), "{bad:?}");
        }
    }
}
