//! HTTP/2 connections to the server under load.

use std::time::Duration;

use bytes::Bytes;
use conformance_wire::{Endpoint, endpoint};
use h2::client::SendRequest;
use thiserror::Error;
use tokio::time::timeout;

/// What a stream, and a connection, may have under way: as much as HTTP/2 allows,
/// so that no answer waits for this side.
const WINDOW_BYTES: u32 = (1 << 31) - 1;
/// What waits to be sent on a connection at most, in bytes.
const SEND_BUFFER_BYTES: usize = 1 << 20;

/// A connection for `streams` calls at once, made within `limit`. It is driven by
/// a task of the current runtime, which ends when nobody holds the connection any
/// more.
///
/// # Errors
/// The server cannot be reached, does not speak HTTP/2, or takes too long.
pub(super) async fn connect(
    endpoint: &Endpoint,
    streams: usize,
    limit: Duration,
) -> Result<SendRequest<Bytes>, ConnectError> {
    let silent = |_| ConnectError::Silence(endpoint.to_string(), limit);
    timeout(limit, handshake(endpoint, streams)).await.map_err(silent)?
}

async fn handshake(
    endpoint: &Endpoint,
    streams: usize,
) -> Result<SendRequest<Bytes>, ConnectError> {
    let stream = endpoint.connect().await?;
    let handshake = h2::client::Builder::new()
        .enable_push(false)
        .initial_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .initial_max_send_streams(streams)
        .max_send_buffer_size(SEND_BUFFER_BYTES)
        .handshake(stream)
        .await;
    let (requests, connection) =
        handshake.map_err(|error| ConnectError::Http2(endpoint.to_string(), error))?;
    // Its errors reach the calls on it.
    tokio::spawn(async move { drop(connection.await) });
    Ok(requests)
}

/// Why there is no connection: to where, and why.
#[derive(Debug, Error)]
pub(super) enum ConnectError {
    /// The server cannot be reached.
    #[error(transparent)]
    Transport(#[from] endpoint::ConnectError),
    /// The HTTP/2 handshake failed.
    #[error("cannot connect to {0}: the HTTP/2 handshake failed: {1}")]
    Http2(String, h2::Error),
    /// Nothing came within this time.
    #[error("cannot connect to {0}: there was no connection within {1:?}")]
    Silence(String, Duration),
}
