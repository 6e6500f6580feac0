//! A call by gRPC.

use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use conformance_wire::Endpoint;
use h2::client::SendRequest;
use h2::{Reason, RecvStream};
use http::{HeaderMap, Method, Version};
use tokio::time::{sleep, timeout};

use super::{Seen, told};
use crate::mix::CANCELLED;
use crate::requests::Request;

/// As the audit names it.
pub(super) const NAME: &str = "grpc";
const PREFIX_BYTES: usize = 5;
/// What a slow reader takes at once, and how often.
const BITE_BYTES: usize = 64 * 1024;
const BITE_EVERY: Duration = Duration::from_millis(200);
/// The widest window that there is (RFC 9113, 6.9.1).
const WIDEST_WINDOW: u32 = (1 << 31) - 1;
/// A server resets what is not read after 30 seconds.
const NOT_READ_WITHIN: Duration = Duration::from_mins(2);

/// How much of an answer is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reading {
    /// All of it.
    ToEnd,
    /// Its first part, after which the call is reset.
    First,
    /// All of it, slowly.
    Slowly,
    /// Nothing.
    Nothing,
}

/// A connection whose streams have the usual windows, and which has room for all of them: who
/// does not read holds up nobody else.
///
/// By default this library ends a connection on which some 190 small frames wait to be read, or
/// have come for streams that were reset, and with it the calls of others: that would be no
/// fault of the server.
pub(super) async fn connect(endpoint: &Endpoint) -> Result<SendRequest<Bytes>, String> {
    let stream = endpoint.connect().await.map_err(|error| error.to_string())?;
    let mut builder = h2::client::Builder::new();
    builder.initial_connection_window_size(WIDEST_WINDOW).data_frame_budget(usize::MAX);
    let handshake = builder.handshake(stream).await;
    let (requests, connection) = handshake.map_err(|error| error.to_string())?;
    tokio::spawn(async move { drop(connection.await) });
    Ok(requests)
}

/// Makes the call on a connection that is ready.
///
/// # Errors
/// The connection goes, and the server has not begun the call: it may be made again.
pub(super) async fn call(
    mut requests: SendRequest<Bytes>,
    request: &Request,
    uri: &str,
    headers: &HeaderMap,
    reading: Reading,
) -> Result<Seen, String> {
    let mut head = http::Request::new(());
    *head.method_mut() = Method::POST;
    *head.version_mut() = Version::HTTP_2;
    *head.uri_mut() = uri.parse().map_err(|_| format!("'{uri}' is no URI"))?;
    *head.headers_mut() = headers.clone();
    head.headers_mut().insert("content-type", "application/grpc".parse().expect("a header"));
    head.headers_mut().insert("te", "trailers".parse().expect("a header"));
    let (response, mut sender) =
        requests.send_request(head, false).map_err(|error| error.to_string())?;
    // What the server refuses by its head alone, it may have reset already.
    sender.send_data(request.framed(), true).ok();
    drop(requests);
    let (parts, body) = match response.await {
        Ok(response) => response.into_parts(),
        Err(error) if is_never_begun(&error) => return Err(error.to_string()),
        Err(error) => return Ok(broken(&error)),
    };
    if let Some(code) = code(&parts.headers) {
        return Ok(Seen::ended(NAME, code));
    }
    Ok(match reading {
        Reading::ToEnd | Reading::Slowly => read(body, request, reading).await,
        Reading::First => read_first(body, &mut sender).await,
        Reading::Nothing => read_nothing(body).await,
    })
}

async fn read(mut body: RecvStream, request: &Request, reading: Reading) -> Seen {
    let mut unread = BytesMut::new();
    let (mut last, mut taken) = (None, 0);
    while let Some(data) = body.data().await {
        let data = match data {
            Ok(data) => data,
            Err(error) => return broken(&error),
        };
        unread.extend_from_slice(&data);
        while let Some(message) = next(&mut unread) {
            last = Some(message);
        }
        taken += data.len();
        if reading == Reading::Slowly && taken >= BITE_BYTES {
            taken = 0;
            sleep(BITE_EVERY).await;
        }
        body.flow_control().release_capacity(data.len()).ok();
    }
    let trailers = match body.trailers().await {
        Ok(trailers) => trailers.unwrap_or_default(),
        Err(error) => return broken(&error),
    };
    let Some(code) = code(&trailers) else {
        return Seen { fault: Some("no status came".to_owned()), ..Seen::ended(NAME, -1) };
    };
    let seen = Seen::ended(NAME, code);
    match last.map(|message| told(request, &message)) {
        Some(Ok(answer)) => Seen { answer: Some(answer), ..seen },
        Some(Err(fault)) => Seen { fault: Some(fault), ..seen },
        None => seen,
    }
}

async fn read_first(mut body: RecvStream, sender: &mut h2::SendStream<Bytes>) -> Seen {
    match body.data().await {
        Some(Ok(_)) => {
            sender.send_reset(Reason::CANCEL);
            Seen::ended(NAME, CANCELLED)
        }
        Some(Err(error)) => broken(&error),
        None => Seen { fault: Some("a long stream has ended".to_owned()), ..Seen::ended(NAME, -1) },
    }
}

/// Takes what comes unasked, gives no room for more, and waits for the server's reset.
async fn read_nothing(mut body: RecvStream) -> Seen {
    let reset = async {
        loop {
            match body.data().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => return broken(&error),
                None => {
                    let fault = Some("what was not read has ended".to_owned());
                    return Seen { fault, ..Seen::ended(NAME, -1) };
                }
            }
        }
    };
    timeout(NOT_READ_WITHIN, reset).await.unwrap_or_else(|_| Seen {
        fault: Some("what was not read was not reset".to_owned()),
        ..Seen::ended(NAME, -1)
    })
}

/// The next whole message.
fn next(unread: &mut BytesMut) -> Option<Bytes> {
    let [_, a, b, c, d, ..] = **unread else { return None };
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    if unread.len() - PREFIX_BYTES < length {
        return None;
    }
    unread.advance(PREFIX_BYTES);
    Some(unread.split_to(length).freeze())
}

fn code(headers: &HeaderMap) -> Option<i32> {
    headers.get("grpc-status")?.to_str().ok()?.parse().ok()
}

fn is_never_begun(error: &h2::Error) -> bool {
    error.reason() == Some(Reason::REFUSED_STREAM)
        || error.is_go_away() && error.reason() == Some(Reason::NO_ERROR)
}

fn broken(error: &h2::Error) -> Seen {
    if error.is_reset() && error.is_remote() && error.reason() == Some(Reason::CANCEL) {
        return Seen::ended(NAME, CANCELLED);
    }
    Seen { fault: Some(error.to_string()), ..Seen::ended(NAME, -1) }
}
