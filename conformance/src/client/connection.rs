//! A connection to a server.

use std::fmt;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use h2::client::SendRequest;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio_rustls::TlsConnector;

/// What this side can take of an answer before it has read it: more than any case
/// asks for, so that only who means to be slow is.
const WINDOW_BYTES: u32 = 64 * 1024 * 1024;
/// The same for one who means to be slow: what HTTP/2 begins with.
const NARROW_WINDOW_BYTES: u32 = 65_535;
/// Streams that this side opens before the server has said how many it may.
const FIRST_STREAMS: usize = 2000;

/// Where a server is, and how it is spoken to.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// With TLS, if it is there.
    pub tls: Option<Arc<ClientConfig>>,
}

impl Endpoint {
    /// As in a URI: `127.0.0.1:50051`, `[::1]:50051`.
    #[must_use]
    pub fn authority(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }

    /// A TCP connection, and nothing sent.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn tcp(&self) -> Result<TcpStream, CallError> {
        let stream = TcpStream::connect((&*self.host, self.port)).await;
        let stream = stream.map_err(|error| CallError::Connect(self.authority(), error))?;
        stream.set_nodelay(true).ok();
        Ok(stream)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

/// A connection, open until this is dropped.
#[derive(Debug)]
pub struct Connection {
    pub(crate) requests: SendRequest<Bytes>,
    driver: AbortHandle,
}

impl Connection {
    /// Connects, with TLS if the endpoint has it.
    ///
    /// # Errors
    /// The server cannot be reached, or does not speak HTTP/2.
    pub async fn open(endpoint: &Endpoint) -> Result<Self, CallError> {
        Self::with_window(endpoint, WINDOW_BYTES).await
    }

    /// The same for one who can take little of an answer before it has read it.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_narrow(endpoint: &Endpoint) -> Result<Self, CallError> {
        Self::with_window(endpoint, NARROW_WINDOW_BYTES).await
    }

    async fn with_window(endpoint: &Endpoint, window: u32) -> Result<Self, CallError> {
        let stream = endpoint.tcp().await?;
        match &endpoint.tls {
            None => Self::handshake(stream, window).await,
            Some(config) => {
                let name = ServerName::try_from(endpoint.host.clone())
                    .map_err(|error| CallError::Tls(io::Error::other(error)))?;
                let connector = TlsConnector::from(Arc::clone(config));
                let stream = connector.connect(name, stream).await.map_err(CallError::Tls)?;
                Self::handshake(stream, window).await
            }
        }
    }

    /// Speaks HTTP/2 over `stream`.
    ///
    /// # Errors
    /// The handshake fails.
    pub async fn over<T>(stream: T) -> Result<Self, CallError>
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        Self::handshake(stream, WINDOW_BYTES).await
    }

    async fn handshake<T>(stream: T, window: u32) -> Result<Self, CallError>
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (requests, connection) = h2::client::Builder::new()
            .initial_window_size(window)
            .initial_connection_window_size(window)
            .initial_max_send_streams(FIRST_STREAMS)
            .max_frame_size((1 << 24) - 1)
            .handshake::<_, Bytes>(stream)
            .await
            .map_err(CallError::Http2)?;
        // Its errors reach the calls on it.
        let driver = tokio::spawn(async move { drop(connection.await) }).abort_handle();
        Ok(Self { requests, driver })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Why a call has no answer at all.
#[derive(Debug)]
pub enum CallError {
    /// The server cannot be reached: where, and why.
    Connect(String, io::Error),
    /// The TLS handshake failed.
    Tls(io::Error),
    /// The stream or the connection broke.
    Http2(h2::Error),
    /// Nothing came in time: what was waited for.
    Silence(&'static str),
    /// The request of a case is not one: why.
    Request(String),
    /// The case signs with a key that the suite was not told.
    NoSuchKey(String),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(authority, error) => write!(f, "cannot connect to {authority}: {error}"),
            Self::Tls(error) => write!(f, "the TLS handshake failed: {error}"),
            Self::Http2(error) => write!(f, "HTTP/2 failed: {error}"),
            Self::Silence(what) => write!(f, "the server is silent: {what}"),
            Self::Request(why) => write!(f, "the request of the case is none: {why}"),
            Self::NoSuchKey(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for CallError {}
