//! Puts the rest together: a listener, the threads of the network and those
//! that compute, the layers, the services.

mod control;
mod parts;

use std::fmt;
use std::future::{Future, pending};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use futures_util::future::select_all;
use tokio::time::Instant;

use crate::audit::{Audit, AuditThread};
use crate::config::Config;
use crate::descriptors::warn_if_few;
use crate::listener::Acceptor;
use crate::log_limit::{tell_of_lines_left_out, tell_of_the_last_lines_left_out};
use crate::memory_bound;
use crate::readiness::Readiness;
use crate::services::services;
#[cfg(feature = "other-services")]
use crate::services::{Other, OtherService};
use crate::shutdown::LAST_LINES;
use crate::thread::Thread;
use crate::web::Described;

pub use control::Control;
pub use parts::BindError;
use parts::Parts;

/// A server that listens, with all of its threads. It answers once it is told to
/// serve.
pub struct Server(Parts);

impl Server {
    /// Starts to listen where `config` says, and starts all threads, so that
    /// nothing is missing any more once this has succeeded. Callers wait in the
    /// listener's queue until [`Self::serve`].
    ///
    /// # Errors
    /// See [`BindError`].
    pub fn bind(config: Config) -> Result<Self, BindError> {
        Parts::start(config, Described::MFN, services).map(Self)
    }

    /// The same with another service than those of MFN, which a set of files describes: for
    /// tests of all that is around services.
    ///
    /// # Errors
    /// See [`BindError`].
    #[cfg(feature = "other-services")]
    #[doc(hidden)]
    pub fn bind_with<S>(config: Config, service: &S, descriptors: &[u8]) -> Result<Self, BindError>
    where
        S: OtherService,
    {
        let max_whole_bytes = config.max_message_bytes;
        let described = Described { descriptors: &[descriptors], max_whole_bytes };
        Parts::start(config, described, |_| Other(service.clone())).map(Self)
    }

    /// The address it listens on, with the port that was picked if the
    /// configuration left it open.
    ///
    /// # Errors
    /// The operating system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.listener.local_addr()
    }

    /// The address at which metrics and readiness are told, if they are.
    #[must_use]
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.0.admin.as_ref().map(|admin| admin.address)
    }

    /// What can be changed while it serves.
    #[must_use]
    pub fn control(&self) -> Control {
        let Parts { access, tls, readiness, audit, cache, .. } = &self.0;
        Control {
            access: Arc::clone(access),
            tls: tls.clone(),
            readiness: Arc::clone(readiness),
            audit: audit.as_ref().map(|(audit, _thread)| audit.downgrade()),
            cache: cache.clone(),
        }
    }

    /// Is ready from now on: who connects is answered as soon as what this returns is
    /// polled. That answers calls until `shutdown` resolves, which [`Control::announce_shutdown`] may
    /// have announced. Then it takes no new connections,
    /// gives the calls in flight the configuration's grace, ends those that are
    /// left, and returns. Dropped before, it abandons all calls.
    ///
    /// # Errors
    /// The operating system does not tell of new connections, or a thread of the
    /// server has ended before the server, by a fault of this program. A single
    /// connection's failure ends that connection only.
    pub fn serve(self, shutdown: impl Future<Output = ()>) -> impl Future<Output = io::Result<()>> {
        self.0.readiness.begin();
        self.answer_until(shutdown)
    }

    async fn answer_until(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let Parts {
            ended_if_dropped,
            phases,
            threads,
            readiness,
            listener,
            config,
            memory,
            connection_counts,
            admin,
            audit,
            ..
        } = self.0;
        let (recorder, audit_thread) = audit.unzip();
        // These are named after the thread, so they are dropped before it, which
        // waits for that.
        let (audit, threads, _abandoned_if_dropped) = (recorder, threads, ended_if_dropped);
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let connections = memory_bound::connections(&config);
        warn_if_few(connections);
        memory_bound::tell(&config);
        let mut acceptor = Acceptor::new(listener, connections, memory, connection_counts);
        let deal = |accepted| threads.deal(accepted);
        let end_by = {
            let mut beside = pin!(beside(audit.as_ref(), &readiness));
            let of_admin = admin.as_ref().map(|admin| &admin.thread);
            let of_network = threads.threads().chain(of_admin);
            let mut failed = pin!(one_ends(of_network, audit_thread.as_ref()));
            tokio::select! {
                never = acceptor.run(deal) => never,
                never = &mut beside => never,
                error = &mut failed => return Err(error),
                () = shutdown => {}
            }
            let end_by = Instant::now() + config.shutdown_grace + LAST_LINES;
            acceptor.finish(deal);
            readiness.end();
            tokio::select! {
                () = phases.go_through(config.shutdown_grace, threads.connections()) => {}
                never = &mut beside => never,
                error = &mut failed => return Err(error),
            }
            end_by
        };
        threads.ended().await;
        tell_of_the_last_lines_left_out();
        // Nobody is left who could record anything.
        drop(audit);
        if let Some(thread) = audit_thread {
            thread.ended(end_by).await;
        }
        Ok(())
    }
}

/// What is done beside the calls, without end.
async fn beside(audit: Option<&Audit>, readiness: &Readiness) -> ! {
    let watch = async {
        match audit {
            Some(audit) => audit.watch(|is_stalled| readiness.audit_is_stalled(is_stalled)).await,
            None => pending().await,
        }
    };
    tokio::join!(watch, tell_of_lines_left_out()).1
}

/// Waits until one of the threads has ended that are to end with the server.
async fn one_ends<'a>(
    io_threads: impl Iterator<Item = &'a Thread>,
    audit: Option<&'a AuditThread>,
) -> io::Error {
    let threads = io_threads.chain(audit.map(AuditThread::thread));
    select_all(threads.map(|thread| Box::pin(thread.ended_too_early()))).await.0
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("config", &self.0.config).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;
    use std::time::SystemTime;

    use super::*;
    use crate::audit::{Method, OtherSink, Outcome, Record, Sink};
    use crate::config::{AdminListener, AuditLog};

    /// A sink with a fault.
    struct Panicking;

    impl io::Write for Panicking {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            panic!("of the test")
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl OtherSink for Panicking {}

    fn record() -> Record {
        Record {
            ended: SystemTime::UNIX_EPOCH,
            request_id: "id".into(),
            method: Method::of_path("/a/B"),
            protocol: "grpc",
            duration: std::time::Duration::ZERO,
            outcome: Outcome::ok(),
            key: None,
            is_accounted_for: true,
            peer: None,
            trace: None,
            bytes_in: 0,
            bytes_out: 0,
            frames: 0,
        }
    }

    // shows MFN-METRIC-010
    #[tokio::test]
    async fn a_server_that_says_that_it_serves_is_ready_at_once() {
        let address = (std::net::Ipv4Addr::LOCALHOST, 0).into();
        let admin = Some(AdminListener { address, is_required: true });
        let config = Config { port: 0, audit_log: AuditLog::Off, admin, ..Config::default() };
        let server = Server::bind(config).expect("free ports");
        let admin = server.admin_addr().expect("it has been asked for");
        let readyz = || {
            let mut stream = TcpStream::connect(admin).expect("it listens");
            let question = b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
            stream.write_all(question).expect("it reads");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).expect("UTF-8");
            answer
        };
        assert!(readyz().ends_with("\r\n\r\nnot ready: the server is starting\n"));
        // Nobody has polled it yet.
        let _serving = server.serve(pending());
        assert!(readyz().ends_with("\r\n\r\nready\n"));
    }

    // shows MFN-LIFE-011
    #[tokio::test]
    async fn a_thread_that_panics_ends_the_server_with_its_name() {
        let config = Config { port: 0, audit_log: AuditLog::Off, ..Config::default() };
        let mut server = Server::bind(config).expect("a free port");
        let (audit, thread) = Audit::start(Sink::Other(Box::new(Panicking))).expect("a thread");
        audit.record(record());
        server.0.audit = Some((audit, thread));
        let error = server.serve(pending()).await.expect_err("it cannot go on");
        assert!(error.to_string().starts_with("the thread mfn-audit has ended"), "{error}");
    }
}
