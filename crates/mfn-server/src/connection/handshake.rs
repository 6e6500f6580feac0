//! What a connection begins with: TLS, if it is asked for, and the preface.

use std::io;

use rustls::InvalidMessage;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use super::preface::{self, AfterPreface, NotHttp2};

/// Plaintext, or TLS.
pub(super) type Transport = Either<TcpStream, TlsStream<TcpStream>>;

/// Why there is no HTTP/2 connection.
#[derive(Debug)]
pub(super) enum HandshakeError {
    /// Both sides do not agree on TLS, which somebody has to change: a client that
    /// does not trust the certificate, has none to show, or speaks plaintext.
    Tls(String),
    /// The client left, or speaks something else, as whoever looks for open ports.
    Other(String),
}

/// Waits for both on `stream`, without end.
pub(super) async fn handshake(
    tls: Option<TlsAcceptor>,
    stream: TcpStream,
) -> Result<AfterPreface<Transport>, HandshakeError> {
    // A small frame is not to wait for the acknowledgement of another.
    stream.set_nodelay(true).map_err(|error| HandshakeError::Other(error.to_string()))?;
    let io = match tls {
        None => Transport::Left(stream),
        Some(tls) => Transport::Right(tls.accept(stream).await.map_err(|error| of_tls(&error))?),
    };
    preface::expect(io).await.map_err(|error| match error {
        NotHttp2::Tls => {
            HandshakeError::Tls("the peer speaks TLS, and this port is plaintext".to_owned())
        }
        NotHttp2::Other => HandshakeError::Other("the peer speaks another protocol".to_owned()),
        NotHttp2::Io(error) => HandshakeError::Other(error.to_string()),
    })
}

fn of_tls(error: &io::Error) -> HandshakeError {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    match cause {
        // It is the end or a fault of the transport below.
        None => HandshakeError::Other(format!("TLS: {error}")),
        Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            HandshakeError::Tls("the peer does not speak TLS".to_owned())
        }
        Some(cause) => HandshakeError::Tls(cause.to_string()),
    }
}
