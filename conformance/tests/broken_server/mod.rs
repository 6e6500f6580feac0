//! A server that is broken in one way: it answers every call alike.
#![allow(dead_code, reason = "each test uses the ways that it needs")]

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, SendStream};
use http::{HeaderMap, HeaderValue, Response};
use tokio::net::{TcpListener, TcpStream};

/// What it answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// UNIMPLEMENTED, without details.
    Unimplemented,
    /// The refusal of a limit, without the details that say so.
    LimitWithoutDetails,
    /// Details that are none.
    SpoiltDetails,
    /// OK, and no message.
    NoMessage,
    /// OK, and a message without any field.
    EmptyMessage,
    /// OK, and bytes that are no message.
    SpoiltMessage,
    /// A message and the end of the stream, without a status.
    NoStatus,
    /// A page of HTML.
    Page,
    /// A reset of the stream.
    Reset,
}

impl Fault {
    /// All of them.
    pub(crate) const ALL: [Self; 9] = [
        Self::Unimplemented,
        Self::LimitWithoutDetails,
        Self::SpoiltDetails,
        Self::NoMessage,
        Self::EmptyMessage,
        Self::SpoiltMessage,
        Self::NoStatus,
        Self::Page,
        Self::Reset,
    ];

    /// What a report of all tests has to say of it.
    pub(crate) fn is_told_by(self) -> &'static [&'static str] {
        match self {
            Self::Unimplemented => &["got code UNIMPLEMENTED"],
            Self::LimitWithoutDetails => {
                &["no ErrorInfo in the details of code RESOURCE_EXHAUSTED: too many calls"]
            }
            Self::SpoiltDetails => &["(with details that cannot be read: "],
            Self::NoMessage => &["expected 1 message; got 0 messages, then code OK"],
            Self::EmptyMessage => &["expected frames of the steps 10, 20, 25; got"],
            Self::SpoiltMessage => {
                &["expected a mfn.SimulationResult; got 2 bytes that cannot be read as one"]
            }
            Self::NoStatus => &["expected gRPC status OK; got HTTP status 200"],
            Self::Page => &["got HTTP status 500"],
            Self::Reset => &["HTTP/2 failed: stream error received"],
        }
    }
}

/// Starts such a server beside the test: its port.
pub(crate) async fn start(fault: Fault) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    tokio::spawn(serve(listener, fault));
    port
}

/// Answers whoever connects.
pub(crate) async fn serve(listener: TcpListener, fault: Fault) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer_all(stream, fault));
    }
}

async fn answer_all(stream: TcpStream, fault: Fault) -> Result<(), h2::Error> {
    let mut connection = h2::server::handshake(stream).await?;
    while let Some(Ok((_request, respond))) = connection.accept().await {
        answer(respond, fault)?;
    }
    Ok(())
}

/// Answers one call.
pub(crate) fn answer(mut respond: SendResponse<Bytes>, fault: Fault) -> Result<(), h2::Error> {
    match fault {
        Fault::Unimplemented => refuse(respond, &[("grpc-status", "12")]),
        Fault::LimitWithoutDetails => {
            refuse(respond, &[("grpc-status", "8"), ("grpc-message", "too many calls")])
        }
        Fault::SpoiltDetails => {
            refuse(respond, &[("grpc-status", "3"), ("grpc-status-details-bin", "GgMK/w==")])
        }
        Fault::NoMessage => end(&mut begin(respond)?),
        Fault::EmptyMessage => message(respond, b"\0\0\0\0\0"),
        Fault::SpoiltMessage => message(respond, b"\0\0\0\0\x02\x0f\x0f"),
        Fault::NoStatus => begin(respond)?.send_data(Bytes::from_static(b"\0\0\0\0\0"), true),
        Fault::Page => {
            let head = Response::builder().status(500).header("content-type", "text/html");
            let head = head.body(()).expect("it is a head");
            respond.send_response(head, false)?.send_data(Bytes::from_static(b"<html>"), true)
        }
        Fault::Reset => {
            respond.send_reset(Reason::INTERNAL_ERROR);
            Ok(())
        }
    }
}

fn refuse(
    mut respond: SendResponse<Bytes>,
    headers: &[(&'static str, &'static str)],
) -> Result<(), h2::Error> {
    let mut head = Response::new(());
    for (name, value) in [("content-type", "application/grpc")].iter().chain(headers) {
        head.headers_mut().insert(*name, HeaderValue::from_static(value));
    }
    respond.send_response(head, true).map(drop)
}

fn message(respond: SendResponse<Bytes>, bytes: &'static [u8]) -> Result<(), h2::Error> {
    let mut stream = begin(respond)?;
    stream.send_data(Bytes::from_static(bytes), false)?;
    end(&mut stream)
}

fn begin(mut respond: SendResponse<Bytes>) -> Result<SendStream<Bytes>, h2::Error> {
    let head = Response::builder().header("content-type", "application/grpc").body(());
    respond.send_response(head.expect("it is a head"), false)
}

fn end(stream: &mut SendStream<Bytes>) -> Result<(), h2::Error> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    stream.send_trailers(trailers)
}
