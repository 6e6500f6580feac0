//! One connection: TLS, the beginning of HTTP/2, its calls, and its end.

mod preface;

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::mem;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;
use tower::Service;

use crate::audit::Audit;
use crate::config::Config;
use crate::layers::audit::{AuditedBody, Peer};
use crate::log_limit::limited;
use crate::shutdown::Phases;
use preface::{AfterPreface, NotHttp2};

/// Longest list of a request's headers, in bytes as HTTP/2 counts them.
const MAX_HEADER_LIST_BYTES: u32 = 16 * 1024;
/// Streams of one connection that this side may reset for the peer's errors
/// before the connection is closed (CVE-2025-8671).
const MAX_LOCAL_ERROR_RESET_STREAMS: usize = 1024;
/// What is left at a shutdown for connections that have just come.
const LAST_HANDSHAKES: Duration = Duration::from_millis(100);
/// A connection's age is limited up to a tenth more or less, so that those that
/// came together do not all come again together.
const AGE_JITTER: f64 = 0.1;

/// Serves connections, all in the same way.
#[derive(Clone)]
pub(crate) struct Connections<S> {
    http2: http2::Builder<TokioExecutor>,
    tls: Option<TlsAcceptor>,
    handshake_timeout: Duration,
    max_age: Option<Duration>,
    grace: Duration,
    phases: Phases,
    audit: Option<Audit>,
    service: S,
}

impl<S> Connections<S>
where
    S: Service<Request<Incoming>, Response = Response<AuditedBody>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
{
    /// Calls go to `service`, no faster than the `audit` can follow, until the
    /// `phases` of the server's end.
    pub(crate) fn new(
        config: &Config,
        tls: Option<TlsAcceptor>,
        phases: Phases,
        audit: Option<Audit>,
        service: S,
    ) -> Self {
        Self {
            http2: http2_builder(config),
            tls,
            handshake_timeout: config.handshake_timeout,
            max_age: config.max_connection_age,
            grace: config.shutdown_grace,
            phases,
            audit,
            service,
        }
    }

    /// Serves what `peer` asks for on `stream`, until one of both ends it.
    pub(crate) async fn serve(self, stream: TcpStream, peer: SocketAddr) {
        let handshake = timeout(self.handshake_timeout, handshake(self.tls.clone(), stream));
        let begun = tokio::select! {
            biased;
            begun = handshake => begun,
            // Who has not even begun has nothing to lose at a shutdown.
            () = too_late_to_begin(&self.phases) => return,
        };
        match begun {
            Ok(Ok(io)) => self.serve_calls(io, peer).await,
            Ok(Err(reason)) => limited!(DEBUG, "no HTTP/2 connection", %peer, ?reason),
            Err(_elapsed) => {
                limited!(DEBUG, "no HTTP/2 connection: the handshake takes too long", %peer);
            }
        }
    }

    async fn serve_calls(self, io: AfterPreface<Transport>, peer: SocketAddr) {
        let Self { http2, max_age, grace, phases, audit, service, .. } = self;
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            service.clone().call(request)
        });
        let mut connection = pin!(http2.serve_connection(TokioIo::new(io), service));
        let mut is_draining = false;
        let age = max_age.map(|age| Instant::now() + age.mul_f64(jitter()));
        // First it is asked to leave, then made to.
        let (mut ask_at, mut close_at) = (age, None);
        loop {
            tokio::select! {
                biased;
                ended = paced(connection.as_mut(), audit.as_ref()) => {
                    if let Err(error) = ended {
                        limited!(DEBUG, "the connection ended with an error", %peer, %error);
                    }
                    return;
                }
                () = phases.draining.cancelled(), if !is_draining => {
                    is_draining = true;
                    // The shutdown has its own end.
                    (ask_at, close_at) = (None, None);
                }
                () = until(ask_at) => {
                    (ask_at, close_at) = (None, age.map(|age| age + grace));
                }
                () = until(close_at) => {
                    limited!(DEBUG, "closed: its calls went on beyond its age", %peer);
                    return;
                }
                () = phases.closing.cancelled() => return,
            }
            connection.as_mut().graceful_shutdown();
        }
    }
}

/// Drives `connection`, but not while the audit is behind: what is not read is no
/// call yet, and needs no line if its caller gives up.
async fn paced<C: Future>(mut connection: Pin<&mut C>, audit: Option<&Audit>) -> C::Output {
    loop {
        if let Some(audit) = audit {
            audit.caught_up().await;
        }
        let mut is_driven = false;
        let ended = poll_fn(|cx| {
            // Something has come. Before it is looked at, the audit is.
            if mem::replace(&mut is_driven, true) {
                return Poll::Ready(None);
            }
            connection.as_mut().poll(cx).map(Some)
        });
        if let Some(ended) = ended.await {
            return ended;
        }
    }
}

/// A client that connected before the shutdown may have sent its first call
/// already.
async fn too_late_to_begin(phases: &Phases) {
    phases.draining.cancelled().await;
    sleep(LAST_HANDSHAKES).await;
}

/// TLS, if it is asked for, and the preface.
async fn handshake(
    tls: Option<TlsAcceptor>,
    stream: TcpStream,
) -> Result<AfterPreface<Transport>, String> {
    // A small frame is not to wait for the acknowledgement of another.
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let io = match tls {
        None => Transport::Left(stream),
        Some(tls) => {
            let accepted = tls.accept(stream).await;
            Transport::Right(accepted.map_err(|error| format!("TLS: {error}"))?)
        }
    };
    preface::expect(io).await.map_err(|error| match error {
        NotHttp2::Tls => "the peer speaks TLS, and this port is plaintext".to_owned(),
        NotHttp2::Other => "the peer speaks another protocol".to_owned(),
        NotHttp2::Io(error) => error.to_string(),
    })
}

/// Plaintext, or TLS.
type Transport = Either<TcpStream, TlsStream<TcpStream>>;

/// Waits until then, or for ever.
async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

fn jitter() -> f64 {
    1.0 + AGE_JITTER * (2.0 * fastrand::f64() - 1.0)
}

/// Limits are set even where a default would do: a transport without them falls
/// to floods of streams, of resets, or of headers.
fn http2_builder(config: &Config) -> http2::Builder<TokioExecutor> {
    let mut http2 = http2::Builder::new(TokioExecutor::new());
    http2
        .timer(TokioTimer::new())
        .max_concurrent_streams(config.max_concurrent_streams)
        // An honest client may cancel all its calls at once (CVE-2023-44487 makes
        // thousands of it).
        .max_pending_accept_reset_streams(config.max_concurrent_streams as usize)
        .max_local_error_reset_streams(MAX_LOCAL_ERROR_RESET_STREAMS)
        .max_header_list_size(MAX_HEADER_LIST_BYTES)
        .keep_alive_interval(config.keepalive_time)
        .keep_alive_timeout(config.keepalive_timeout)
        // Nobody caches the answer to a call.
        .auto_date_header(false);
    http2
}
