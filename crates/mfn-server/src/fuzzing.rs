//! What fuzz targets reach of the inside: the reader of messages with the conversion
//! behind it, two parsers of headers, and whole connections on any transport.
//!
//! It is no part of what the server promises, and only the feature `fuzzing` has it.

use std::fmt;
use std::future::Future;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue};
use http_body::Body;
use http_body_util::BodyExt as _;
use mfn_core::{FrameInterval, SimulationParams, ValidationParams, Violations};
use tokio::io::{AsyncRead, AsyncWrite};
use tower::Layer as _;

use crate::access::Access;
use crate::audit::{Audit, AuditThread, OtherSink, Sink};
use crate::compute::{Compute, PoolSize};
use crate::config::Config;
use crate::connection::{Connections, Handshakes};
use crate::convert;
use crate::eviction::Candidates;
use crate::free_calls::FreeCalls;
use crate::layers::deadline::timeout_of;
use crate::memory::{Budget, StreamMemory};
use crate::messages::{Kept, Messages, Methods, Unread};
use crate::readiness::Readiness;
use crate::services::{Resources, services};
use crate::shutdown::Phases;
use crate::stack::stack;
use crate::trace_context::TraceContext;
use crate::web::{self, Described};

/// A request that was read.
#[derive(Debug)]
pub struct ReadRequest {
    /// What is kept of its message, encoded.
    pub kept: Vec<u8>,
    /// How many bytes its id had, if not all of them are kept.
    pub id_bytes_if_cut: Option<u64>,
    /// What its message asks for, or what is out of range.
    pub params: Result<Params, Violations>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "they are the methods")]
pub enum Params {
    RunSimulation(SimulationParams),
    StreamSimulation(SimulationParams, FrameInterval),
    ExtractFeatures(SimulationParams),
    StreamFeatures(SimulationParams, FrameInterval),
    ValidatePattern(ValidationParams),
}

/// Reads the body of a request of `method`, such as
/// `mfn.MFNSimulationService/RunSimulation`, all of which is there.
///
/// # Errors
/// It is refused: the error as a debugger shows it.
///
/// # Panics
/// There is no such method.
pub fn read_request(
    method: &str,
    body: impl Body<Data = Bytes> + Send + Unpin + 'static,
    max_message_bytes: usize,
) -> Result<ReadRequest, String> {
    let (service, name) = method.split_once('/').expect("a method has its service");
    let methods = Methods::of(service, mfn_proto::FILE_DESCRIPTOR_SET);
    let schema = Arc::clone(&methods.at(&format!("/{method}")).expect("a known method").request);
    let body = body.map_err(|_| Unread::CallerLeft);
    let message = Messages::new(body, schema, max_message_bytes).only().now_or_never();
    let kept = message.expect("all of it is there").map_err(|error| match error {
        Unread::Refused(error) => format!("{error:?}"),
        Unread::CallerLeft => "CallerLeft".to_owned(),
    })?;
    Ok(ReadRequest {
        kept: kept.encoded(),
        id_bytes_if_cut: kept.request_id_bytes_if_cut(),
        params: params(name, &kept).map_err(|error| format!("{error:?}"))?,
    })
}

fn params(method: &str, kept: &Kept) -> Result<Result<Params, Violations>, crate::error::Error> {
    let id_bytes = |id: &str| kept.request_id_bytes_if_cut().unwrap_or(id.len() as u64);
    Ok(match method {
        "RunSimulation" => {
            let request = kept.decode::<mfn_proto::SimulationRequest>()?;
            convert::simulation(&request, id_bytes(&request.request_id)).map(Params::RunSimulation)
        }
        "StreamSimulation" => {
            let request = kept.decode::<mfn_proto::SimulationStreamRequest>()?;
            convert::simulation_stream(&request, id_bytes(&request.request_id))
                .map(|(params, interval)| Params::StreamSimulation(params, interval))
        }
        "ExtractFeatures" => {
            let request = kept.decode::<mfn_proto::FeatureRequest>()?;
            convert::features(&request, id_bytes(&request.request_id)).map(Params::ExtractFeatures)
        }
        "StreamFeatures" => {
            let request = kept.decode::<mfn_proto::FeatureStreamRequest>()?;
            convert::feature_stream(&request, id_bytes(&request.request_id))
                .map(|(params, interval)| Params::StreamFeatures(params, interval))
        }
        _ => {
            let request = kept.decode::<mfn_proto::ValidationRequest>()?;
            convert::validation(&request, id_bytes(&request.request_id))
                .map(Params::ValidatePattern)
        }
    })
}

/// What `grpc-timeout` with this value says; nothing if it is refused.
#[must_use]
pub fn grpc_timeout(value: HeaderValue) -> Option<Duration> {
    let headers = HeaderMap::from_iter([(http::HeaderName::from_static("grpc-timeout"), value)]);
    timeout_of(&headers).ok().flatten()
}

/// The ids of the trace and of the span that `traceparent` with this value says, if it
/// does.
#[must_use]
pub fn traceparent(value: HeaderValue) -> Option<(String, String)> {
    let headers = HeaderMap::from_iter([(http::HeaderName::from_static("traceparent"), value)]);
    let context = TraceContext::offered_in(&headers)?;
    Some((context.trace_id().to_owned(), context.span_id().to_owned()))
}

impl OtherSink for Box<dyn Write + Send> {}

/// What serves connections that no network is needed for.
pub struct InMemoryServer {
    config: Config,
    compute: Compute,
    memory: Budget,
    // It tells of the server's readiness for as long as it lives.
    readiness: Readiness,
    state: tokio::sync::watch::Receiver<crate::readiness::State>,
    web: web::Layers,
}

impl InMemoryServer {
    /// A server with this `config`, whose addresses, files and limits of connections count for
    /// nothing. It keeps no answers.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn start(config: Config) -> io::Result<Self> {
        let memory = Budget::with_cache(config.memory_bytes, 0);
        let (workers, queue_depth) = (config.max_workers, config.queue_depth);
        let compute = Compute::start(PoolSize { workers, cores: workers, queue_depth }, &memory)?;
        let (readiness, state) = Readiness::new();
        readiness.begin();
        let web = web::layer(&config, Described::MFN);
        Ok(Self { config, compute, memory, readiness, state, web })
    }

    /// Whether a computation is under way or waits.
    #[must_use]
    pub fn is_computing(&self) -> bool {
        let load = self.compute.load();
        load.running + load.waiting > 0
    }

    /// What is held or under way, of all connections: nothing where all are gone.
    #[must_use]
    pub fn left(&self) -> Left {
        let load = self.compute.load();
        Left {
            held_bytes: self.memory.held(),
            running: load.running,
            waiting: load.waiting,
            waiting_for_memory: load.waiting_for_memory,
        }
    }

    /// Serves one connection on `io`, with keys, limits and an audit of its own.
    ///
    /// # Errors
    /// The operating system gives no thread, or the keys of the configuration do not go
    /// together.
    pub fn serve<T>(
        &self,
        io: T,
        audit_log: Box<dyn Write + Send>,
    ) -> io::Result<(impl Future<Output = ()> + use<T>, Recording)>
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let (audit, thread) = Audit::start(Sink::Other(Box::new(audit_log)))?;
        let access = Arc::new(Access::new(&self.config).map_err(io::Error::other)?);
        let phases = Phases::default();
        let services = services(Resources {
            compute: self.compute.clone(),
            cache: None,
            max_message_bytes: self.config.max_message_bytes,
            reflection: self.config.reflection,
            state: self.state.clone(),
        });
        let recorded = (Some(audit.clone()), None);
        let cut_off = phases.cut_off.clone();
        let service = stack::<_, web::CallData>(services, &access, recorded, cut_off);
        let service = self.web.layer(service);
        let uncharged = (FreeCalls::default(), StreamMemory::new(self.memory.clone()));
        let handshakes = Handshakes::new(&self.config, None);
        let connections =
            Connections::new(&self.config, handshakes, phases, Some(audit), uncharged, service);
        let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        let candidate = Candidates::default().enter();
        let recording = Recording { access, thread };
        Ok((connections.serve_plaintext(io, peer, candidate), recording))
    }
}

impl fmt::Debug for InMemoryServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemoryServer").field("readiness", &self.readiness).finish_non_exhaustive()
    }
}

/// What a server holds and computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Bytes of its memory that are taken or reserved.
    pub held_bytes: usize,
    /// Computations that run.
    pub running: usize,
    /// Calls that wait for a thread.
    pub waiting: usize,
    /// Computations that wait for memory to start with.
    pub waiting_for_memory: usize,
}

/// The audit of a connection, and its callers.
#[derive(Debug)]
pub struct Recording {
    access: Arc<Access>,
    thread: AuditThread,
}

impl Recording {
    /// How many calls of all callers hold a place among those that they may make at once.
    #[must_use]
    pub fn open_calls(&self) -> u32 {
        self.access.callers().iter().map(|key| key.open_calls()).sum()
    }

    /// Waits until all is written, once the connection is gone.
    pub fn end(self) {
        drop(self.thread);
    }
}
