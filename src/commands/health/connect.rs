//! A connection to a server, in plaintext or by TLS.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::target::Target;
use super::tls::{self, Tls};

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error("it cannot be connected to: {0}")]
    Tcp(io::Error),
    #[error("TLS fails: {}", tls::why(.0))]
    Tls(io::Error),
}

/// What both kinds of connection are.
pub(super) trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

/// Connects to the server at `target`.
pub(super) async fn connect(
    target: &Target,
    tls: Option<Tls>,
) -> Result<Box<dyn Transport>, ConnectError> {
    let tcp = TcpStream::connect((&*target.host, target.port)).await.map_err(ConnectError::Tcp)?;
    let Some(Tls { config, name }) = tls else { return Ok(Box::new(tcp)) };
    let stream = TlsConnector::from(config).connect(name, tcp).await.map_err(ConnectError::Tls)?;
    Ok(Box::new(stream))
}
