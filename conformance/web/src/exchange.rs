//! One request over HTTP/1.1 or HTTP/2, on a connection of its own.

use bytes::Bytes;
use conformance_wire::{ConnectError, Endpoint};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use thiserror::Error;
use tokio::task::{AbortHandle, JoinHandle};

use crate::protocol::Http;

/// A request that has been sent. Its connection is closed with this.
pub struct Exchange {
    response: Option<JoinHandle<Result<Response<Incoming>, hyper::Error>>>,
    body: Option<Incoming>,
    driver: AbortHandle,
}

/// Why there is no answer, or no more of it.
#[derive(Debug, Error)]
pub enum ExchangeError {
    /// The server cannot be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The connection broke, or the answer is no HTTP.
    #[error("HTTP failed: {0}")]
    Http(#[from] hyper::Error),
    /// Nobody waits for it any more.
    #[error("the request was given up")]
    GivenUp,
}

impl Exchange {
    /// Connects to `endpoint` and sends.
    ///
    /// # Errors
    /// It cannot be reached.
    pub async fn begin(
        endpoint: &Endpoint,
        http: Http,
        request: Request<Bytes>,
    ) -> Result<Self, ExchangeError> {
        let request = request.map(Full::new);
        let protocol: &[u8] = if http == Http::One { b"http/1.1" } else { b"h2" };
        let io = TokioIo::new(endpoint.connect_by(protocol).await?);
        let (response, driver) = if http == Http::One {
            let (mut requests, connection) = http1::handshake(io).await?;
            let driver = tokio::spawn(async move { drop(connection.await) });
            (tokio::spawn(async move { requests.send_request(request).await }), driver)
        } else {
            let (mut requests, connection) = http2::handshake(TokioExecutor::new(), io).await?;
            let driver = tokio::spawn(async move { drop(connection.await) });
            (tokio::spawn(async move { requests.send_request(request).await }), driver)
        };
        Ok(Self { response: Some(response), body: None, driver: driver.abort_handle() })
    }

    /// The head of the answer, once.
    ///
    /// # Errors
    /// None comes.
    pub async fn head(&mut self) -> Result<Option<Response<()>>, ExchangeError> {
        let Some(response) = self.response.take() else { return Ok(None) };
        let (head, body) = response.await.map_err(|_| ExchangeError::GivenUp)??.into_parts();
        self.body = Some(body);
        Ok(Some(Response::from_parts(head, ())))
    }

    /// What comes next of the body; none at its end.
    ///
    /// # Errors
    /// It breaks off.
    pub async fn data(&mut self) -> Result<Option<Bytes>, ExchangeError> {
        let Some(body) = &mut self.body else { return Ok(None) };
        while let Some(frame) = body.frame().await {
            // There are no trailers in what browsers can read.
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.driver.abort();
        self.response.iter().for_each(JoinHandle::abort);
    }
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}
