//! Puts the rest together: a listener, the threads of the network and those
//! that compute, the layers, the services.

use std::fmt;
use std::future::{Future, pending};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::num::NonZero;
use std::pin::pin;
use std::sync::Arc;
use std::thread::available_parallelism;

use futures_util::future::select_all;
use mfn_access::{KeySetError, KeySettings};
use tokio::time::Instant;
use tokio_util::sync::DropGuard;

use crate::access::Access;
use crate::admin::{Admin, Sources};
use crate::audit::{Audit, AuditThread, Sink, WeakAudit};
use crate::cache::{AnswerCache, CacheCounts};
use crate::compute::{Compute, PoolSize};
use crate::config::{Config, Reflection};
use crate::connection::{Connections, Handshakes, RequestBody};
use crate::descriptors::warn_if_few;
use crate::free_calls::FreeCalls;
use crate::io_threads::IoThreads;
use crate::listener::Acceptor;
use crate::log_limit::{tell_of_lines_left_out, tell_of_the_last_lines_left_out};
use crate::memory::{Budget, StreamMemory};
use crate::memory_bound;
use crate::metrics::{ConnectionCounts, MethodTable, Metrics};
use crate::readiness::Readiness;
use crate::services::{Resources, served, services};
use crate::shutdown::{LAST_LINES, Phases};
use crate::stack::stack;
use crate::thread::Thread;
use crate::tls::{Tls, TlsError};

/// A server that listens, with all of its threads. It answers once it is told to
/// serve.
///
/// Dropped, it ends its threads, of which that of the audit comes last and is
/// waited for: this is the order of the fields.
pub struct Server {
    ended_if_dropped: DropGuard,
    phases: Phases,
    threads: IoThreads,
    readiness: Arc<Readiness>,
    listener: TcpListener,
    access: Arc<Access>,
    tls: Option<Tls>,
    config: Config,
    memory: Budget,
    cache: Option<AnswerCache>,
    connection_counts: Arc<ConnectionCounts>,
    admin: Option<RunningAdmin>,
    audit: Option<(Audit, AuditThread)>,
}

/// The thread that tells operators of the server, and where it listens.
struct RunningAdmin {
    thread: Thread,
    address: SocketAddr,
}

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address cannot be listened on: taken, not this machine's, or not
    /// permitted.
    #[error("cannot listen: {0}")]
    Listen(io::Error),
    /// TLS cannot be had with the files of the configuration.
    #[error(transparent)]
    Tls(TlsError),
    /// Anyone on the network could call at this address: it is no loopback one,
    /// there is no key, and that is not said to be meant.
    #[error("anyone could call at {0} without a key")]
    Open(IpAddr),
    /// The keys do not go together.
    #[error(transparent)]
    Keys(KeySetError),
    /// The address of metrics and readiness cannot be listened on.
    #[error("cannot listen for those who ask for metrics: {0}")]
    Admin(io::Error),
    /// The audit log cannot be written.
    #[error("cannot write the audit log: {0}")]
    AuditLog(io::Error),
    /// The operating system does not give all threads; the error names the one
    /// that is missing.
    #[error(transparent)]
    Threads(io::Error),
}

impl Server {
    /// Starts to listen where `config` says, and starts all threads, so that
    /// nothing is missing any more once this has succeeded. Callers wait in the
    /// listener's queue until [`Self::serve`].
    ///
    /// # Errors
    /// See [`BindError`].
    pub fn bind(config: Config) -> Result<Self, BindError> {
        if config.is_open() {
            return Err(BindError::Open(config.host));
        }
        let access = Access::new(&config).map_err(BindError::Keys)?;
        let tls = config.tls.as_ref().map(Tls::new).transpose().map_err(BindError::Tls)?;
        let listener = TcpListener::bind(config.address())
            .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
            .map_err(BindError::Listen)?;
        let admin = config.admin.as_ref().map(Admin::listen).transpose();
        let admin = admin.map_err(BindError::Admin)?.flatten();
        let sink = Sink::open(&config.audit_log).map_err(BindError::AuditLog)?;
        let audit = sink.map(Audit::start).transpose().map_err(BindError::Threads)?;
        let access = Arc::new(access);
        let phases = Phases::default();
        let ended_if_dropped = phases.closing.clone().drop_guard();
        let (readiness, state) = Readiness::new();
        let memory = Budget::with_cache(config.memory_bytes, config.cache_bytes);
        let cache = AnswerCache::new(&memory);
        let resources = Resources {
            compute: Compute::start(pool_size(&config), &memory).map_err(BindError::Threads)?,
            cache: cache.clone(),
            max_message_bytes: config.max_message_bytes,
            reflection: config.reflection,
            state: state.clone(),
        };
        let handshakes = Handshakes::new(&config, tls.clone());
        let connection_counts = Arc::<ConnectionCounts>::default();
        let metrics = admin.is_some().then(|| {
            let methods = MethodTable::of(&served(config.reflection != Reflection::Off));
            Arc::new(Metrics::new(methods, Arc::clone(&connection_counts)))
        });
        let uncharged = (FreeCalls::default(), StreamMemory::new(memory.clone()));
        let threads = IoThreads::start(config.io_threads, &phases.closing, || {
            let phases = phases.of_a_thread();
            let services = services(resources.clone());
            let audit = audit.as_ref().map(|(audit, _thread)| audit.clone());
            let cut_off = phases.cut_off.clone();
            let counters = metrics.as_ref().map(|metrics| metrics.of_a_thread());
            let recorded = (audit.clone(), counters.clone());
            let service = stack::<RequestBody>(services, &access, recorded, cut_off);
            let handshakes = handshakes.clone();
            Connections::new(&config, handshakes, phases, audit, uncharged.clone(), service)
                .with_counters(counters)
        })
        .map_err(BindError::Threads)?;
        let sources = metrics.map(|metrics| Sources {
            metrics,
            state,
            connections: threads.connections().clone(),
            max_connections: memory_bound::connections(&config),
            handshakes: handshakes.clone(),
            tls: tls.clone(),
            compute: resources.compute.clone(),
            memory: memory.clone(),
            cache: cache.clone(),
            audit: audit.as_ref().map(|(audit, _thread)| audit.downgrade()),
        });
        let admin = admin.zip(sources).map(|(admin, sources)| {
            let address = admin.address()?;
            let thread = admin.start(sources, phases.closing.clone())?;
            Ok(RunningAdmin { thread, address })
        });
        let admin = admin.transpose().map_err(BindError::Threads)?;
        Ok(Self {
            ended_if_dropped,
            phases,
            threads,
            readiness: Arc::new(readiness),
            listener,
            access,
            tls,
            config,
            memory,
            cache,
            connection_counts,
            admin,
            audit,
        })
    }

    /// The address it listens on, with the port that was picked if the
    /// configuration left it open.
    ///
    /// # Errors
    /// The operating system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The address at which metrics and readiness are told, if they are.
    #[must_use]
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(|admin| admin.address)
    }

    /// What can be changed while it serves.
    #[must_use]
    pub fn control(&self) -> Control {
        let audit = self.audit.as_ref().map(|(audit, _thread)| audit.downgrade());
        Control {
            access: Arc::clone(&self.access),
            tls: self.tls.clone(),
            readiness: Arc::clone(&self.readiness),
            audit,
            cache: self.cache.clone(),
        }
    }

    /// Answers calls until `shutdown` resolves, which [`Control::announce_shutdown`] may
    /// have announced. Then it takes no new connections,
    /// gives the calls in flight the configuration's grace, ends those that are
    /// left, and returns. Dropped before, it abandons all calls.
    ///
    /// # Errors
    /// The operating system does not tell of new connections, or a thread of the
    /// server has ended before the server, by a fault of this program. A single
    /// connection's failure ends that connection only.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let Self {
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
        } = self;
        let (recorder, audit_thread) = audit.unzip();
        // These are named after the thread, so they are dropped before it, which
        // waits for that.
        let (audit, threads, _abandoned_if_dropped) = (recorder, threads, ended_if_dropped);
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let connections = memory_bound::connections(&config);
        warn_if_few(connections);
        memory_bound::tell(&config);
        let mut acceptor = Acceptor::new(listener, connections, memory, connection_counts);
        readiness.begin();
        let end_by = {
            let mut beside = pin!(beside(audit.as_ref(), &readiness));
            let of_admin = admin.as_ref().map(|admin| &admin.thread);
            let of_network = threads.threads().chain(of_admin);
            let mut failed = pin!(one_ends(of_network, audit_thread.as_ref()));
            tokio::select! {
                never = acceptor.run(&threads) => never,
                never = &mut beside => never,
                error = &mut failed => return Err(error),
                () = shutdown => {}
            }
            let end_by = Instant::now() + config.shutdown_grace + LAST_LINES;
            acceptor.finish(&threads);
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

/// Changes a server while it serves, and says what it has done.
#[derive(Clone, Debug)]
pub struct Control {
    access: Arc<Access>,
    tls: Option<Tls>,
    readiness: Arc<Readiness>,
    audit: Option<WeakAudit>,
    cache: Option<AnswerCache>,
}

impl Control {
    /// Takes other keys from now on. Calls under way go on; a key that keeps its
    /// id keeps what it has been charged.
    ///
    /// # Errors
    /// They do not go together; the old ones stay.
    pub fn replace_keys(&self, keys: Vec<KeySettings>) -> Result<(), KeySetError> {
        self.access.replace_keys(keys)
    }

    /// What the cache of answers has done, and what it holds; all zeros if there is none.
    #[must_use]
    pub fn cache_counts(&self) -> CacheCounts {
        self.cache.as_ref().map(AnswerCache::counts).unwrap_or_default()
    }

    /// Reads the files of TLS again, if there is TLS. Connections that are open stay as
    /// they are.
    ///
    /// # Errors
    /// One of the files cannot be used; what was read before stays in use.
    pub fn reload_tls(&self) -> Result<(), TlsError> {
        self.tls.as_ref().map_or(Ok(()), Tls::reload)
    }

    /// From now on the server says of itself that it is not serving, and goes on
    /// serving all the same: whoever sends it calls has time to learn of it, and to
    /// send them elsewhere.
    pub fn announce_shutdown(&self) {
        self.readiness.end();
    }

    /// Opens the audit log anew, for it may have been moved away.
    pub fn reopen_audit_log(&self) {
        self.audit.as_ref().map(WeakAudit::reopen);
    }
}

/// As many computations as there are cores, also where the threads are more.
fn pool_size(config: &Config) -> PoolSize {
    PoolSize {
        workers: config.max_workers,
        cores: available_parallelism().unwrap_or(NonZero::<usize>::MIN),
        queue_depth: config.queue_depth,
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("config", &self.config).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::audit::{Method, Outcome, Record};
    use crate::config::AuditLog;

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

    fn record() -> Record {
        Record {
            ended: SystemTime::now(),
            request_id: "id".into(),
            method: Method::of_path("/a/B"),
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

    // shows MFN-LIFE-011
    #[tokio::test]
    async fn a_thread_that_panics_ends_the_server_with_its_name() {
        let config = Config { port: 0, audit_log: AuditLog::Off, ..Config::default() };
        let mut server = Server::bind(config).expect("a free port");
        let (audit, thread) = Audit::start(Sink::Other(Box::new(Panicking))).expect("a thread");
        audit.record(record());
        server.audit = Some((audit, thread));
        let error = server.serve(pending()).await.expect_err("it cannot go on");
        assert!(error.to_string().starts_with("the thread mfn-audit has ended"), "{error}");
    }
}
