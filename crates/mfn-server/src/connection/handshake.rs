//! What a connection begins with: TLS, if it is asked for, and the preface.

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use super::preface::{self, AfterPreface, NotHttp2};

/// Plaintext, or TLS.
pub(super) type Transport = Either<TcpStream, TlsStream<TcpStream>>;

/// Waits for both on `stream`, without end.
///
/// # Errors
/// Why it is no HTTP/2 connection.
pub(super) async fn handshake(
    tls: Option<TlsAcceptor>,
    stream: TcpStream,
) -> Result<AfterPreface<Transport>, String> {
    // A small frame is not to wait for the acknowledgement of another.
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let io = match tls {
        None => Transport::Left(stream),
        Some(tls) => {
            let accepted = tls.accept(stream).await;
            Transport::Right(accepted.map_err(|error| format!("TLS: {error}"))?)
        }
    };
    preface::expect(io).await.map_err(|error| match error {
        NotHttp2::Tls => "the peer speaks TLS, and this port is plaintext".to_owned(),
        NotHttp2::Other => "the peer speaks another protocol".to_owned(),
        NotHttp2::Io(error) => error.to_string(),
    })
}
