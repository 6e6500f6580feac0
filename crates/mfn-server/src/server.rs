//! Puts the rest together: a listener, the limits of a connection, the layers,
//! the services.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};

use tokio::runtime::Handle;
use tonic::transport::server::TcpIncoming;

use crate::compute::Compute;
use crate::config::Config;
use crate::services::routes;
use crate::stack::stack;

/// Open calls on one connection. tonic alone sets no limit, where hyper would.
const MAX_CONCURRENT_STREAMS: u32 = 1000;
/// Streams of one connection that this side may reset for the peer's errors
/// before the connection is closed. tonic alone switches hyper's guard off.
const MAX_LOCAL_ERROR_RESET_STREAMS: usize = 1024;
/// Streams that a peer may open and reset before they are accepted. h2's own
/// 20 is too few for an honest client that cancels all its calls at once.
const MAX_PENDING_ACCEPT_RESET_STREAMS: usize = MAX_CONCURRENT_STREAMS as usize;

/// A server that listens, and answers once it is told to serve.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
}

impl Server {
    /// Starts to listen where `config` says. Callers wait in the listener's
    /// queue until [`Self::serve`].
    ///
    /// # Errors
    /// The address cannot be listened on: taken, not this machine's, or not
    /// permitted.
    pub fn bind(config: &Config) -> io::Result<Self> {
        let listener = TcpListener::bind(config.address())?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener })
    }

    /// The address it listens on, with the port that was picked if the
    /// configuration left it open.
    ///
    /// # Errors
    /// The operating system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers calls until `shutdown` resolves; then takes no new connections,
    /// and returns when the open calls are answered.
    ///
    /// # Errors
    /// The listener cannot be handed to the runtime, or the transport fails as
    /// a whole. A single connection's failure ends that connection only.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        // The transport's own setting does not reach a listener it was given.
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        tonic::transport::Server::builder()
            .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
            .http2_max_local_error_reset_streams(Some(MAX_LOCAL_ERROR_RESET_STREAMS))
            .http2_max_pending_accept_reset_streams(Some(MAX_PENDING_ACCEPT_RESET_STREAMS))
            .layer(stack())
            .add_routes(routes(Compute::new(Handle::current())).await)
            .serve_with_incoming_shutdown(incoming, shutdown)
            .await
            .map_err(io::Error::other)
    }
}
