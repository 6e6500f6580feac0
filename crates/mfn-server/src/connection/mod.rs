//! One connection: TLS, the beginning of HTTP, its calls, and its end.

mod abandoned_calls;
mod call_body;
mod call_service;
mod departure;
mod frames;
mod handshake;
mod http1;
mod http2;
#[cfg(target_os = "linux")]
mod keepalive;
mod lingering_close;
mod pace;
mod portions;
mod preface;
mod request_body;
mod sent_resets;
mod stream_tasks;
mod streams;
#[cfg(test)]
mod tests;
mod timer;
mod unstarted;
mod unwanted;
mod write_timeout;

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{Request, Response};
use http_body::Body;
use hyper::server::conn::http2::Builder;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tower::Service;

use crate::audit::Audit;
use crate::config::Config;
use crate::eviction::Candidate;
use crate::free_calls::FreeCalls;
use crate::log_limit::limited;
use crate::memory::StreamMemory;
use crate::metrics::ThreadCounters;
use crate::origin::Origin;
use crate::reader::LONGEST_STALL;
use crate::shutdown::Phases;
use abandoned_calls::AbandonedCalls;
use call_service::BegunCalls;
use departure::{Departure, Stay, Step};
pub(crate) use handshake::Handshakes;
use http1::Http1;
use pace::drive;
use portions::{Portion, Portions};
use preface::Beginning;
pub(crate) use request_body::RequestBody;
use sent_resets::{CountingResets, SendAway, SentResets};
use stream_tasks::StreamTasks;
use streams::Streams;
use timer::DriveTimer;
use unstarted::UnstartedOfAThread;
use unwanted::{UnwantedBodies, UnwantedOfAThread};
pub(crate) use write_timeout::WriteTimeout;

/// What is left at a shutdown for connections that have just come.
const LAST_HANDSHAKES: Duration = Duration::from_millis(100);

/// Serves connections, all in the same way.
#[derive(Clone)]
pub(crate) struct Connections<S> {
    http2: Builder<StreamTasks>,
    http1: Http1,
    handshakes: Handshakes,
    max_streams: u32,
    stay: Stay,
    phases: Phases,
    audit: Option<Audit>,
    free_calls: FreeCalls,
    stream_memory: StreamMemory,
    unstarted: UnstartedOfAThread,
    unwanted: UnwantedOfAThread,
    /// None where there are no metrics.
    counters: Option<Arc<ThreadCounters>>,
    service: S,
}

impl<S, R> Connections<S>
where
    S: Service<Request<RequestBody>, Response = Response<R>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send + 'static,
    R: AnswerData,
{
    /// Calls go to `service`, no faster than the `audit` can follow, until the
    /// `phases` of the server's end.
    pub(crate) fn new(
        config: &Config,
        handshakes: Handshakes,
        phases: Phases,
        audit: Option<Audit>,
        (free_calls, stream_memory): (FreeCalls, StreamMemory),
        service: S,
    ) -> Self {
        Self {
            http2: http2::builder(config),
            http1: Http1::new(config),
            handshakes,
            max_streams: config.max_concurrent_streams,
            stay: Stay::new(config),
            phases,
            audit,
            free_calls,
            stream_memory,
            unstarted: UnstartedOfAThread::default(),
            unwanted: UnwantedOfAThread::default(),
            counters: None,
            service,
        }
    }

    /// The same, whose open calls are counted.
    pub(crate) fn with_counters(self, counters: Option<Arc<ThreadCounters>>) -> Self {
        Self { counters, ..self }
    }

    /// Serves what `peer` asks for on `stream`, until one of both ends it or it
    /// makes room for another, as a `candidate` for that.
    pub(crate) async fn serve(self, stream: TcpStream, peer: SocketAddr, candidate: Candidate) {
        let handshakes = self.handshakes.clone();
        self.serve_begun(handshakes.begin(stream, peer), peer, candidate).await;
    }

    /// The same on any transport, in plaintext, for tests.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) async fn serve_plaintext<T>(self, io: T, peer: SocketAddr, candidate: Candidate)
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let handshakes = self.handshakes.clone();
        self.serve_begun(handshakes.begin_plaintext(io, peer), peer, candidate).await;
    }

    /// The same, once its beginning has come.
    async fn serve_begun<T>(
        self,
        begins: impl Future<Output = Option<Beginning<T>>>,
        peer: SocketAddr,
        candidate: Candidate,
    ) where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let begun = tokio::select! {
            biased;
            begun = begins => begun,
            // Who has not even begun has nothing to lose.
            () = candidate.evicted() => return,
            () = too_late_to_begin(&self.phases) => return,
        };
        match begun {
            Some(Beginning::Http2(io)) => self.serve_calls(io, peer, candidate).await,
            Some(Beginning::Http1(io)) => self.serve_http1(io, peer, candidate).await,
            None => {}
        }
    }

    /// The same, once the client has been found to speak HTTP/2 on `io`.
    async fn serve_calls<T>(self, io: T, peer: SocketAddr, candidate: Candidate)
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let Self { mut http2, max_streams, stay, phases, audit, free_calls, service, .. } = self;
        let Self { stream_memory, unstarted, unwanted, counters, .. } = self;
        let candidate = Arc::new(candidate);
        let origin = Origin::new(peer, free_calls.of_connection(), Arc::clone(&candidate));
        let (sent_resets, abandoned) = (SentResets::default(), AbandonedCalls::new(max_streams));
        let send_away = SendAway::default();
        let places = stream_memory.of_connection(Arc::clone(&candidate));
        let streams = Streams::new(max_streams, places, abandoned.clone());
        let io = WriteTimeout::new(io, LONGEST_STALL);
        let portion = Portion::default();
        let io = Portions::new(io, portion.clone(), streams.clone());
        let io = CountingResets::new(io, sent_resets.clone(), send_away.clone());
        let draining = phases.draining.clone();
        let unwanted = UnwantedBodies::new(max_streams, draining, unwanted, streams.clone());
        let unwanted = Arc::new(unwanted);
        let mut departure =
            Departure::new(peer, phases, Arc::clone(&candidate), (sent_resets, abandoned), stay);
        let pace = Portioned {
            portion,
            timer: DriveTimer::new(),
            candidate: Arc::clone(&candidate),
            streams: streams.clone(),
            unstarted: unstarted.clone(),
        };
        http2.timer(pace.timer.clone());
        let begun = BegunCalls { origin, unwanted, counters, streams, unstarted, is_http1: false };
        let service = begun.answered_by(service);
        let mut connection = pin!(http2.serve_connection(TokioIo::new(io), service));
        loop {
            let step = tokio::select! {
                biased;
                ended = drive(audit.as_ref(), connection.as_mut(), || pace.begin()) => {
                    if let Err(error) = ended {
                        limited!(DEBUG, "the connection ended with an error", %peer, %error);
                    }
                    return;
                }
                step = departure.next() => step,
            };
            match step {
                Step::Ask(reason) => {
                    limited!(DEBUG, "the connection is asked to go", %peer, reason);
                    connection.as_mut().graceful_shutdown();
                }
                Step::SendAway | Step::Evict => {
                    if step == Step::SendAway {
                        send_away.send();
                    }
                    // It has something to say, so that the transport writes. What cannot
                    // be said at once is not said.
                    connection.as_mut().graceful_shutdown();
                    connection.as_mut().now_or_never();
                    return;
                }
                Step::Close(reason) => {
                    limited!(DEBUG, "the connection is closed", %peer, reason);
                    return;
                }
            }
        }
    }
}

/// What a connection of HTTP/2 looks at before each of its portions.
struct Portioned {
    portion: Portion,
    timer: DriveTimer,
    candidate: Arc<Candidate>,
    streams: Streams,
    unstarted: UnstartedOfAThread,
}

impl Portioned {
    /// The next one is read. Little is read, and of strangers least, while many calls of
    /// this thread have come that nobody has looked at.
    fn begin(&self) {
        self.portion.begin(self.unstarted.are_many(), self.candidate.is_admitted());
        self.streams.have_come();
        self.timer.is_driven();
    }
}

/// What answers consist of.
pub(crate) trait AnswerData:
    Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static
{
}

impl<R> AnswerData for R where
    R: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static
{
}

/// A client that connected before the shutdown may have sent its first call
/// already.
async fn too_late_to_begin(phases: &Phases) {
    phases.draining.cancelled().await;
    sleep(LAST_HANDSHAKES).await;
}
