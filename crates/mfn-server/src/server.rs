//! Puts the rest together: a listener, the threads of the network and those
//! that compute, the layers, the services.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};

use hyper::body::Incoming;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::compute::Compute;
use crate::config::Config;
use crate::connection::Connections;
use crate::descriptors::warn_if_few;
use crate::io_threads::IoThreads;
use crate::listener::accept;
use crate::services::{Resources, services};
use crate::shutdown::Phases;
use crate::stack::stack;
use crate::tls::{self, TlsError};

/// A server that listens, and answers once it is told to serve.
pub struct Server {
    config: Config,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
}

/// Why a server cannot start.
#[derive(Debug)]
pub enum BindError {
    /// The address cannot be listened on: taken, not this machine's, or not
    /// permitted.
    Listen(io::Error),
    /// TLS cannot be had with the files of the configuration.
    Tls(TlsError),
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(error) => write!(f, "cannot listen: {error}"),
            Self::Tls(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BindError {}

impl Server {
    /// Starts to listen where `config` says. Callers wait in the listener's
    /// queue until [`Self::serve`].
    ///
    /// # Errors
    /// See [`BindError`].
    pub fn bind(config: Config) -> Result<Self, BindError> {
        let tls = config.tls.as_ref().map(tls::acceptor).transpose().map_err(BindError::Tls)?;
        let listener = TcpListener::bind(config.address())
            .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
            .map_err(BindError::Listen)?;
        Ok(Self { config, listener, tls })
    }

    /// The address it listens on, with the port that was picked if the
    /// configuration left it open.
    ///
    /// # Errors
    /// The operating system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers calls until `shutdown` resolves. Then it takes no new connections,
    /// gives the calls in flight the configuration's grace, ends those that are
    /// left, and returns. Dropped before, it abandons all calls.
    ///
    /// # Errors
    /// The operating system gives no threads. A single connection's failure ends
    /// that connection only.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let Self { config, listener, tls } = self;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        warn_if_few(config.max_connections);
        let phases = Phases::default();
        let _abandoned_if_dropped = phases.closing.clone().drop_guard();
        let (serving, is_serving) = watch::channel(true);
        let resources = Resources {
            compute: Compute::start(config.max_workers, config.queue_depth)?,
            max_message_bytes: config.max_message_bytes,
            reflection: config.reflection,
            is_serving,
        };
        let threads = IoThreads::start(config.io_threads, &phases.closing, || {
            let phases = phases.of_a_thread();
            let service = stack::<Incoming>(services(resources.clone()), phases.cut_off.clone());
            Connections::new(&config, tls.clone(), phases, service)
        })?;
        tokio::select! {
            never = accept(listener, &threads, config.max_connections) => never,
            () = shutdown => {}
        }
        serving.send_replace(false);
        phases.go_through(config.shutdown_grace, threads.connections()).await;
        threads.ended().await;
        Ok(())
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("config", &self.config).finish_non_exhaustive()
    }
}
