//! Calls and connections that are given up, frame by frame, so that it is certain that the
//! server has read of them what it is to count.

use std::io;
use std::time::Duration;

use conformance_wire::Endpoint;
use conformance_wire::frames::{ACK, CANCEL, Frame, PING, PREFACE, RST_STREAM, SETTINGS};
use http::{HeaderMap, HeaderValue};
use tokio::io::AsyncWriteExt as _;
use tokio::time::sleep;

use super::Seen;
use super::grpc::NAME;
use crate::mix::CANCELLED;
use crate::requests::Request;

/// How long a handshake that is never ended is held open.
const HELD_OPEN: Duration = Duration::from_secs(3);
/// The beginning of TLS's first message, and nothing after it.
const HALF_A_HELLO: &[u8] = &[22, 3, 1, 2, 0, 1];

/// Makes a long call, waits until the server has read it, and resets it or closes the
/// connection.
pub(super) async fn gives_up(
    endpoint: &Endpoint,
    request: &Request,
    headers: HeaderMap,
    resets: bool,
) -> Seen {
    let mut head = http::Request::post(format!("{endpoint}{}", request.path()));
    if let Some(all) = head.headers_mut() {
        *all = headers;
        all.insert("content-type", HeaderValue::from_static("application/grpc"));
        all.insert("te", HeaderValue::from_static("trailers"));
    }
    let Ok(head) = head.body(()) else { return Seen::failed(NAME, "there is no such path") };
    let mut stream = match endpoint.connect().await {
        Ok(stream) => stream,
        Err(error) => return Seen::failed(NAME, error.to_string()),
    };
    let call = [Frame::head(&head, 1), Frame::body(request.framed(), 1)];
    let hello = [Frame::new(SETTINGS, 0, 0, []), Frame::new(SETTINGS, ACK, 0, [])];
    let bytes = |frames: &[Frame]| frames.iter().flat_map(Frame::bytes).collect::<Vec<_>>();
    let exchange = async {
        stream.write_all(&[PREFACE, &bytes(&hello), &bytes(&call)].concat()).await?;
        has_read(&mut stream).await?;
        if resets {
            let reset = Frame::new(RST_STREAM, 0, 1, CANCEL.to_be_bytes());
            stream.write_all(&reset.bytes()).await?;
            has_read(&mut stream).await?;
        }
        io::Result::Ok(())
    };
    match exchange.await {
        Ok(()) => Seen::ended(NAME, CANCELLED),
        Err(error) => Seen { fault: Some(error.to_string()), ..Seen::ended(NAME, -1) },
    }
}

/// Waits until the server has answered a PING, and so has read what came before it.
async fn has_read(
    stream: &mut (impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin),
) -> io::Result<()> {
    stream.write_all(&Frame::new(PING, 0, 0, [7; 8]).bytes()).await?;
    stream.flush().await?;
    loop {
        let frame = Frame::read(stream).await?;
        if frame.kind == PING && frame.is_ack() {
            return Ok(());
        }
    }
}

/// Begins a handshake and does not end it.
pub(super) async fn half_open(endpoint: &Endpoint) -> Seen {
    let mut stream = match endpoint.tcp().await {
        Ok(stream) => stream,
        Err(error) => return Seen::failed(NAME, error.to_string()),
    };
    let hello = if endpoint.tls.is_some() { HALF_A_HELLO } else { &PREFACE[..10] };
    // The server may have closed the connection for whatever reason: nothing hangs on it.
    stream.write_all(hello).await.ok();
    sleep(HELD_OPEN).await;
    Seen { protocol: NAME, code: None, fault: None, answer: None }
}
