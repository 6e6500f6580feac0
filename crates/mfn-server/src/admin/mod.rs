//! What operators are told over HTTP/1.1: metrics for Prometheus, and whether the server
//! lives and is ready.
//!
//! It has a thread of its own, so that neither those who ask nor the encoding of what
//! they are told holds up a connection.

mod accept;
mod collector;
mod connection;
mod exposition;
mod family;
mod process;
mod routes;
mod sources;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use tokio::runtime::Builder;
use tokio_util::sync::CancellationToken;

use crate::config::AdminListener;
use crate::thread::{self, Thread};
use exposition::Exposition;
use routes::Routes;
pub(crate) use sources::Sources;

/// The name of the thread.
const THREAD: &str = "mfn-admin";

/// A listener for operators, which nobody answers yet.
#[derive(Debug)]
pub(crate) struct Admin(TcpListener);

impl Admin {
    /// Listens where `config` says. What nobody has asked for is gone without, with a
    /// warning, where another program has the port.
    ///
    /// # Errors
    /// It cannot listen there, and somebody has asked for that.
    pub(crate) fn listen(config: &AdminListener) -> io::Result<Option<Self>> {
        let address = config.address;
        let listener = TcpListener::bind(address)
            .and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
        match listener {
            Ok(listener) => Ok(Some(Self(listener))),
            Err(error) if config.is_required => Err(error),
            Err(error) => {
                tracing::warn!(
                    %address,
                    %error,
                    "there are no metrics: set MFN_GRPC_ADMIN_PORT to a free port, to any for one that is picked, or to 0 for none"
                );
                Ok(None)
            }
        }
    }

    /// The address with the port that it has.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Answers by `sources`, on a thread of its own, until `closing`.
    ///
    /// # Errors
    /// The operating system gives no thread or no event queue.
    pub(crate) fn start(self, sources: Sources, closing: CancellationToken) -> io::Result<Thread> {
        let Self(listener) = self;
        let address = listener.local_addr()?;
        let (runtime, listener) = Builder::new_current_thread()
            .enable_all()
            .build()
            .and_then(|runtime| {
                let listener = {
                    let _context = runtime.enter();
                    tokio::net::TcpListener::from_std(listener)?
                };
                Ok((runtime, listener))
            })
            .map_err(|error| thread::named(&error, &format!("the event loop of {THREAD}")))?;
        let thread = thread::start(THREAD, move || {
            runtime.block_on(async {
                let routes = Arc::new(Routes::new(Exposition::new(sources)));
                let serving = connection::serve_all(listener, routes);
                closing.run_until_cancelled(serving).await;
            });
        })?;
        tracing::info!(%address, "metrics and readiness are told at this address");
        Ok(thread)
    }
}

#[cfg(test)]
mod tests;
