//! One connection: TLS, the beginning of HTTP/2, its calls, and its end.

mod abandoned_calls;
mod call_body;
mod departure;
mod frames;
mod handshake;
mod http2;
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

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::mem;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt as _;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tower::Service;

use crate::audit::Audit;
use crate::config::Config;
use crate::counted::Counted;
use crate::eviction::Candidate;
use crate::free_calls::FreeCalls;
use crate::layers::answer_body::Answer;
use crate::log_limit::limited;
use crate::memory::StreamMemory;
use crate::metrics::ThreadCounters;
use crate::origin::Origin;
use crate::reader::LONGEST_STALL;
use crate::shutdown::Phases;
use abandoned_calls::AbandonedCalls;
use call_body::CallBody;
use departure::{Departure, Stay, Step};
pub(crate) use handshake::Handshakes;
use portions::{Portion, Portions};
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

impl<S> Connections<S>
where
    S: Service<Request<RequestBody>, Response = Answer, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
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
        let begun = tokio::select! {
            biased;
            begun = self.handshakes.begin(stream, peer) => begun,
            // Who has not even begun has nothing to lose.
            () = candidate.evicted() => return,
            () = too_late_to_begin(&self.phases) => return,
        };
        if let Some(io) = begun {
            self.serve_calls(io, peer, candidate).await;
        }
    }

    /// The same on any plaintext transport, for those who fuzz.
    #[cfg(feature = "fuzzing")]
    pub(crate) async fn serve_plaintext<T>(self, io: T, peer: SocketAddr, candidate: Candidate)
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        if let Ok(io) = preface::expect(io).await {
            self.serve_calls(io, peer, candidate).await;
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
        let pace = Pace {
            portion,
            timer: DriveTimer::new(),
            candidate: Arc::clone(&candidate),
            streams: streams.clone(),
            unstarted: unstarted.clone(),
            audit,
        };
        http2.timer(pace.timer.clone());
        // Calls begin one after the other. To clone the stack for each would count the
        // holders of all that its layers share.
        let service = RefCell::new(service);
        let service = service_fn(move |request: Request<Incoming>| {
            let body = |incoming| RequestBody::new(incoming, Arc::clone(&unwanted));
            let mut request = request.map(body);
            origin.accompany(&mut request);
            let open_call = origin.candidate().begin_call();
            let counted = counters.as_ref().map(|counters| Counted::among(counters.open()).0);
            let stream = streams.begin();
            let answer = unstarted.until_polled(service.borrow_mut().call(request));
            answer.map(|answer| {
                let open = (open_call, counted);
                answer.map(|answer| answer.map(|body| CallBody::new(body, open, stream)))
            })
        });
        let mut connection = pin!(http2.serve_connection(TokioIo::new(io), service));
        loop {
            let step = tokio::select! {
                biased;
                ended = pace.drive(connection.as_mut()) => {
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

/// What a connection waits for between its portions.
struct Pace {
    portion: Portion,
    timer: DriveTimer,
    candidate: Arc<Candidate>,
    streams: Streams,
    unstarted: UnstartedOfAThread,
    audit: Option<Audit>,
}

impl Pace {
    /// Drives `connection` portion by portion, but not while the audit is behind: what
    /// is not read is no call yet, and needs no line if its caller gives up. Little is
    /// read, and of strangers least, while many calls of this thread have come that nobody has looked at.
    async fn drive<C: Future>(&self, mut connection: Pin<&mut C>) -> C::Output {
        loop {
            if let Some(audit) = &self.audit {
                audit.caught_up().await;
            }
            let mut is_driven = false;
            let ended = poll_fn(|cx| {
                // Something has come. Before it is looked at, the audit is.
                if mem::replace(&mut is_driven, true) {
                    return Poll::Ready(None);
                }
                self.portion.begin(self.unstarted.are_many(), self.candidate.is_admitted());
                self.streams.have_come();
                self.timer.is_driven();
                connection.as_mut().poll(cx).map(Some)
            });
            if let Some(ended) = ended.await {
                return ended;
            }
        }
    }
}

/// A client that connected before the shutdown may have sent its first call
/// already.
async fn too_late_to_begin(phases: &Phases) {
    phases.draining.cancelled().await;
    sleep(LAST_HANDSHAKES).await;
}
