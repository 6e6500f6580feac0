//! A connection to a server.

use bytes::Bytes;
use conformance_web::ExchangeError;
use conformance_wire::{ConnectError, Endpoint};
use h2::client::SendRequest;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::AbortHandle;

use super::secrets::Secrets;
use crate::server::Server;

/// What this side can take of an answer before it has read it: more than any case
/// asks for, so that only who means to be slow is.
const WINDOW_BYTES: u32 = 64 * 1024 * 1024;
/// The same for one who means to be slow: what HTTP/2 begins with.
const NARROW_WINDOW_BYTES: u32 = 65_535;
/// Streams that this side opens before the server has said how many it may.
const FIRST_STREAMS: usize = 2000;

/// A connection, open until this is dropped.
#[derive(Debug)]
pub struct Connection {
    pub(crate) requests: SendRequest<Bytes>,
    /// Where further ones go, for calls of the web.
    pub(super) endpoint: Endpoint,
    /// What no answer may have.
    pub(super) secrets: Secrets,
    driver: AbortHandle,
}

impl Connection {
    /// Connects, with TLS if the server has it.
    ///
    /// # Errors
    /// The server cannot be reached, or does not speak HTTP/2.
    pub async fn open(server: &Server) -> Result<Self, CallError> {
        Self::with_window(server, WINDOW_BYTES).await
    }

    /// The same for one who can take little of an answer before it has read it.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_narrow(server: &Server) -> Result<Self, CallError> {
        Self::with_window(server, NARROW_WINDOW_BYTES).await
    }

    async fn with_window(server: &Server, window: u32) -> Result<Self, CallError> {
        Self::handshake(server, server.endpoint.connect().await?, window).await
    }

    /// Speaks HTTP/2 over `stream`, which is a connection to `server`.
    ///
    /// # Errors
    /// The handshake fails.
    pub async fn over<T>(server: &Server, stream: T) -> Result<Self, CallError>
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        Self::handshake(server, stream, WINDOW_BYTES).await
    }

    async fn handshake<T>(server: &Server, stream: T, window: u32) -> Result<Self, CallError>
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
        let (endpoint, secrets) = (server.endpoint.clone(), Secrets::of(&server.keys));
        Ok(Self { requests, endpoint, secrets, driver })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Why a call has no answer at all.
#[derive(Debug, Error)]
pub enum CallError {
    /// The server cannot be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The stream or the connection broke.
    #[error("HTTP/2 failed: {0}")]
    Http2(h2::Error),
    /// The same of a call of the web.
    #[error(transparent)]
    Web(#[from] ExchangeError),
    /// Nothing came in time: what was waited for.
    #[error("the server is silent: {0}")]
    Silence(&'static str),
    /// An answer has what none may have: which key, and where.
    #[error("the answer has {key}, or a part of it, in {place}")]
    Secret {
        /// The name of the key, which is not the key.
        key: String,
        /// The part of the answer.
        place: String,
    },
    /// The request of a case is not one: why.
    #[error("the request of the case is none: {0}")]
    Request(String),
    /// The case signs with a key that the suite was not told.
    #[error("{0}")]
    NoSuchKey(String),
}
