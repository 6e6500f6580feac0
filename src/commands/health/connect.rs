//! A connection to a server, in plaintext or by TLS.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Who the server has to be.
pub(super) struct Tls {
    pub(super) config: Arc<ClientConfig>,
    pub(super) name: ServerName<'static>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error("it cannot be connected to: {0}")]
    Tcp(io::Error),
    #[error("TLS fails: {0}")]
    Tls(io::Error),
}

/// What both kinds of connection are.
pub(super) trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

/// Connects to the server at `target`.
pub(super) async fn connect(
    target: SocketAddr,
    tls: Option<Tls>,
) -> Result<Box<dyn Transport>, ConnectError> {
    let tcp = TcpStream::connect(target).await.map_err(ConnectError::Tcp)?;
    let Some(Tls { config, name }) = tls else { return Ok(Box::new(tcp)) };
    let stream = TlsConnector::from(config).connect(name, tcp).await.map_err(ConnectError::Tls)?;
    Ok(Box::new(stream))
}
