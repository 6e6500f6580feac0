//! What a server is made of, started in the order in which one part needs another.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use http::Request;
use mfn_access::KeySetError;
use socket2::SockRef;
use tokio_util::sync::DropGuard;
use tower::{Layer as _, Service};

use crate::access::Access;
use crate::admin::{Admin, Sources};
use crate::audit::{Audit, AuditThread, Sink};
use crate::cache::AnswerCache;
use crate::compute::{Compute, PoolSize};
use crate::config::{Config, Reflection};
use crate::connection::{Connections, Handshakes};
use crate::free_calls::FreeCalls;
use crate::io_threads::IoThreads;
use crate::layers::answer_body::Answer;
use crate::memory::{Budget, StreamMemory};
use crate::memory_bound;
use crate::metrics::{ConnectionCounts, MethodTable, Metrics};
use crate::readiness::Readiness;
use crate::services::{Resources, served};
use crate::shutdown::Phases;
use crate::stack::stack;
use crate::thread::Thread;
use crate::tls::{Tls, TlsError};
use crate::web::{self, Described};

/// Connections that the kernel takes before the server does; Linux allows no more, by default.
/// A proxy that opens a connection for each call opens hundreds at once, and one for which there
/// is no room waits a second.
const BACKLOG: i32 = 4096;

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

/// All that a server has started.
///
/// Dropped, it ends its threads, of which that of the audit comes last and is
/// waited for: this is the order of the fields.
pub(super) struct Parts {
    pub(super) ended_if_dropped: DropGuard,
    pub(super) phases: Phases,
    pub(super) threads: IoThreads,
    pub(super) readiness: Arc<Readiness>,
    pub(super) listener: TcpListener,
    pub(super) access: Arc<Access>,
    pub(super) tls: Option<Tls>,
    pub(super) config: Config,
    pub(super) memory: Budget,
    pub(super) cache: Option<AnswerCache>,
    pub(super) connection_counts: Arc<ConnectionCounts>,
    pub(super) admin: Option<RunningAdmin>,
    pub(super) audit: Option<(Audit, AuditThread)>,
}

/// The thread that tells operators of the server, and where it listens.
pub(super) struct RunningAdmin {
    pub(super) thread: Thread,
    pub(super) address: SocketAddr,
}

impl Parts {
    /// Listens where `config` says, and starts all threads. Calls go to what `services`
    /// makes for each, of which this is `described`.
    pub(super) fn start<S>(
        config: Config,
        described: Described<'_>,
        services: impl Fn(Resources) -> S,
    ) -> Result<Self, BindError>
    where
        S: Service<Request<web::CallData>, Response = Answer, Error = Infallible>,
        S: Clone + Send + 'static,
        S::Future: Send + 'static,
    {
        if config.is_open() {
            return Err(BindError::Open(config.host));
        }
        let access = Arc::new(Access::new(&config).map_err(BindError::Keys)?);
        let tls = config
            .tls
            .as_ref()
            .map(|files| Tls::new(files, config.speaks_web()))
            .transpose()
            .map_err(BindError::Tls)?;
        let listener = listen(&config).map_err(BindError::Listen)?;
        let sink = Sink::open(&config.audit_log).map_err(BindError::AuditLog)?;
        // It may warn, and a server that does not start says so in one line.
        let admin = config.admin.as_ref().map(Admin::listen).transpose();
        let admin = admin.map_err(BindError::Admin)?.flatten();
        let audit = sink.map(Audit::start).transpose().map_err(BindError::Threads)?;
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
        let metrics = admin.is_some().then(|| metrics(&config, &connection_counts));
        let web = web::layer(&config, described);
        let uncharged = (FreeCalls::default(), StreamMemory::new(memory.clone()));
        let threads = IoThreads::start(config.io_threads, &phases.closing, || {
            let phases = phases.of_a_thread();
            let services = services(resources.clone());
            let audit = audit.as_ref().map(|(audit, _thread)| audit.clone());
            let cut_off = phases.cut_off.clone();
            let counters = metrics.as_ref().map(|metrics| metrics.of_a_thread());
            let recorded = (audit.clone(), counters.clone());
            let service = stack::<_, web::CallData>(services, &access, recorded, cut_off);
            let service = web.layer(service);
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
            handshakes,
            tls: tls.clone(),
            compute: resources.compute,
            memory: memory.clone(),
            cache: cache.clone(),
            audit: audit.as_ref().map(|(audit, _thread)| audit.downgrade()),
            shared_limiter: access.shared_limiter().cloned(),
        });
        let admin = admin.zip(sources);
        let admin = admin.map(|(admin, sources)| RunningAdmin::start(admin, sources, &phases));
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
}

impl RunningAdmin {
    fn start(admin: Admin, sources: Sources, phases: &Phases) -> io::Result<Self> {
        let address = admin.address()?;
        let thread = admin.start(sources, phases.closing.clone())?;
        Ok(Self { thread, address })
    }
}

fn listen(config: &Config) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(config.address())?;
    // The standard library has asked for 128, and a second call changes that.
    SockRef::from(&listener).listen(BACKLOG)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn metrics(config: &Config, connection_counts: &Arc<ConnectionCounts>) -> Arc<Metrics> {
    let methods = MethodTable::of(&served(config.reflection != Reflection::Off));
    Arc::new(Metrics::new(methods, Arc::clone(connection_counts)))
}

/// As many computations as there are cores, also where the threads are more.
fn pool_size(config: &Config) -> PoolSize {
    PoolSize {
        workers: config.max_workers,
        cores: available_parallelism().unwrap_or(NonZero::<usize>::MIN),
        queue_depth: config.queue_depth,
    }
}
