//! The one call of gRPC's protocol of health, on a connection of its own.

use std::future::ready;
use std::io;
use std::pin::pin;

use bytes::{Bytes, BytesMut};
use h2::RecvStream;
use h2::client::{self, SendRequest};
use http::{HeaderMap, Request, StatusCode};
use prost::Message as _;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

pub(super) use tonic_health::pb::health_check_response::ServingStatus;

use super::connect::Transport;
use super::tls;

/// Of a call without an authority, since the server has none.
const CHECK: &str = "http://localhost/grpc.health.v1.Health/Check";
/// Length of what stands before a message: a flag, and the length of the message.
const PREFIX_BYTES: usize = 5;
/// Longest answer, in bytes. One of this protocol has 7.
const MAX_ANSWER_BYTES: usize = 1024;
/// The codes of gRPC that a check can end with, as the protocol writes them.
const OK: &str = "0";
const NOT_FOUND: &str = "5";

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum CheckError {
    #[error("the connection fails: {}", why(.0))]
    Http2(h2::Error),
    #[error("it closes the connection without an answer, so it may speak no gRPC")]
    Closed,
    #[error("it answers with the HTTP status {0}")]
    Http(StatusCode),
    #[error("it has no such service")]
    UnknownService,
    #[error("it answers with the code {code} of gRPC: {message}")]
    Refused { code: String, message: String },
    #[error("its answer is none of grpc.health.v1")]
    Malformed,
}

/// Asks for the status of `service` over `transport`.
pub(super) async fn check(
    transport: Box<dyn Transport>,
    service: &str,
) -> Result<ServingStatus, CheckError> {
    let (requests, connection) = client::handshake(transport).await?;
    let connection = async {
        connection.await?;
        Err(CheckError::Closed)
    };
    let mut asking = pin!(ask(requests, service));
    let ended = tokio::select! {
        answered = &mut asking => return answered,
        ended = connection => ended,
    };
    // A server that is ending sends the answer and closes the connection at once: the
    // answer has then come with the end.
    tokio::select! {
        biased;
        answered = asking => answered,
        () = ready(()) => ended,
    }
}

async fn ask(requests: SendRequest<Bytes>, service: &str) -> Result<ServingStatus, CheckError> {
    let head = Request::post(CHECK).header("content-type", "application/grpc");
    let head = head.header("te", "trailers").body(()).map_err(|_| CheckError::Malformed)?;
    let (answer, mut body) = requests.ready().await?.send_request(head, false)?;
    body.send_data(message(service), true)?;
    let (head, mut body) = answer.await?.into_parts();
    if head.status != StatusCode::OK {
        return Err(CheckError::Http(head.status));
    }
    let data = all_data(&mut body).await?;
    // An answer without a message has its status in its only headers.
    let trailers = body.trailers().await?.unwrap_or(head.headers);
    status(&trailers)?;
    let message = data.get(PREFIX_BYTES..).ok_or(CheckError::Malformed)?;
    let answer = HealthCheckResponse::decode(message).map_err(|_| CheckError::Malformed)?;
    Ok(answer.status())
}

/// The question, with its prefix.
fn message(service: &str) -> Bytes {
    let request = HealthCheckRequest { service: service.to_owned() };
    let mut message = vec![0];
    message.extend((request.encoded_len() as u32).to_be_bytes());
    message.extend(request.encode_to_vec());
    message.into()
}

async fn all_data(body: &mut RecvStream) -> Result<BytesMut, CheckError> {
    let mut data = BytesMut::new();
    while let Some(piece) = body.data().await {
        data.extend_from_slice(&piece?);
        if data.len() > MAX_ANSWER_BYTES {
            return Err(CheckError::Malformed);
        }
    }
    Ok(data)
}

impl From<h2::Error> for CheckError {
    fn from(error: h2::Error) -> Self {
        use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
        match error.get_io().map(io::Error::kind) {
            Some(BrokenPipe | ConnectionReset | UnexpectedEof) => Self::Closed,
            _ => Self::Http2(error),
        }
    }
}

/// A server that wants a certificate says so when the connection is there already.
fn why(error: &h2::Error) -> String {
    error.get_io().map_or_else(|| error.to_string(), tls::why)
}

/// Whether the call has succeeded.
fn status(trailers: &HeaderMap) -> Result<(), CheckError> {
    let text = |name| trailers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match text("grpc-status") {
        OK => Ok(()),
        NOT_FOUND => Err(CheckError::UnknownService),
        "" => Err(CheckError::Malformed),
        code => Err(CheckError::Refused {
            code: code.to_owned(),
            // It goes to a terminal, and its sender may be anyone.
            message: text("grpc-message")
                .chars()
                .filter(char::is_ascii_graphic)
                .take(200)
                .collect(),
        }),
    }
}
