//! What a connection begins with: TLS, if it is asked for, and the preface.

use std::io;

use futures_util::FutureExt as _;
use rustls::InvalidMessage;
#[cfg(target_os = "linux")]
use socket2::SockRef;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use super::preface::{self, AfterPreface, NotHttp2};

/// What the system takes of what is to be sent before it can send it. What it has
/// sent and the peer has not acknowledged comes beside.
#[cfg(target_os = "linux")]
const MAX_UNSENT_BYTES: u32 = 128 * 1024;
/// Most reads of 1 KiB of what a peer sent that speaks something else.
const MAX_LAST_READS: usize = 64;

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
    set_options(&stream).map_err(|error| HandshakeError::Other(error.to_string()))?;
    let io = match tls {
        None => Transport::Left(stream),
        Some(tls) => Transport::Right(tls.accept(stream).await.map_err(|error| of_tls(&error))?),
    };
    let (why, io) = match preface::expect(io).await {
        Ok(io) => return Ok(io),
        Err(other) => other,
    };
    end(io).await;
    Err(match why {
        NotHttp2::Tls => {
            HandshakeError::Tls("the peer speaks TLS, and this port is plaintext".to_owned())
        }
        NotHttp2::Other => HandshakeError::Other("the peer speaks another protocol".to_owned()),
        NotHttp2::Io(error) => HandshakeError::Other(error.to_string()),
    })
}

fn set_options(stream: &TcpStream) -> io::Result<()> {
    // A small frame is not to wait for the acknowledgement of another.
    stream.set_nodelay(true)?;
    // Some megabytes, as a rule, are beyond any budget for thousands of connections.
    #[cfg(target_os = "linux")]
    SockRef::from(stream).set_tcp_notsent_lowat(MAX_UNSENT_BYTES)?;
    Ok(())
}

/// Ends a connection on which the peer has said something else. What it has sent
/// already is taken: if it were left unread, the end would be a reset, and the peer
/// might lose what it was told before.
async fn end(mut io: Transport) {
    io.shutdown().await.ok();
    let mut bytes = [0; 1024];
    for _ in 0..MAX_LAST_READS {
        match io.read(&mut bytes).now_or_never() {
            Some(Ok(1..)) => {}
            _ => return,
        }
    }
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
