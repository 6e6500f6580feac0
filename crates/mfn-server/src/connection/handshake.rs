//! What a connection begins with: TLS, if it is asked for, and what tells the versions of
//! HTTP from each other.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::server::Acceptor;
#[cfg(target_os = "linux")]
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

#[cfg(target_os = "linux")]
use super::keepalive::Keepalive;
use super::lingering_close;
use super::preface::{self, Beginning, NotHttp};
use crate::config::Config;
use crate::log_limit::limited;
use crate::tls::{HTTP2, Tls, TlsFailure, TlsFailureReason, TlsFailures};

/// What the system takes of what is to be sent before it can send it. What it has
/// sent and the peer has not acknowledged comes beside.
#[cfg(target_os = "linux")]
const MAX_UNSENT_BYTES: u32 = 128 * 1024;
const TOO_LONG: &str = "the handshake takes too long";

/// Plaintext, or TLS.
pub(super) type Transport = Either<TcpStream, TlsStream<TcpStream>>;

/// How connections begin, and how often that fails.
#[derive(Clone, Debug)]
pub(crate) struct Handshakes {
    tls: Option<Tls>,
    timeout: Duration,
    /// Whether HTTP/1.1 is spoken.
    has_web: bool,
    #[cfg(target_os = "linux")]
    keepalive: Keepalive,
    failures: Arc<TlsFailures>,
}

/// Why there is no connection.
#[derive(Debug)]
enum HandshakeError {
    /// Both sides do not agree on TLS, which somebody has to change: a client that
    /// does not trust the certificate, has none to show, or speaks plaintext.
    Tls(TlsFailure),
    /// The client left, or speaks something else, as whoever looks for open ports.
    Other(String),
}

impl Handshakes {
    /// With TLS if it is there, each in the time that `config` gives it.
    pub(crate) fn new(config: &Config, tls: Option<Tls>) -> Self {
        Self {
            tls,
            timeout: config.handshake_timeout,
            has_web: config.speaks_web(),
            #[cfg(target_os = "linux")]
            keepalive: Keepalive::new(config),
            failures: Arc::default(),
        }
    }

    /// How often TLS has failed.
    pub(crate) fn failures(&self) -> &TlsFailures {
        &self.failures
    }

    /// The connection of `peer` on `stream`, if it begins as one of HTTP does. The log and
    /// the count tell of those that do not.
    pub(super) async fn begin(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
    ) -> Option<Beginning<Transport>> {
        self.tell_failed(peer, self.handshake(stream).await)
    }

    /// The same of a connection in plaintext on any transport, for tests.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) async fn begin_plaintext<T>(&self, io: T, peer: SocketAddr) -> Option<Beginning<T>>
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let end = Instant::now() + self.timeout;
        self.tell_failed(peer, expect_http(io, self.has_web, end).await)
    }

    /// The connection, if it has begun. If not, the log and the count tell of it.
    fn tell_failed<T>(&self, peer: SocketAddr, begun: Result<T, HandshakeError>) -> Option<T> {
        match begun {
            Ok(io) => return Some(io),
            Err(HandshakeError::Tls(TlsFailure { reason, detail })) => {
                self.failures.count(reason);
                let reason = reason.name();
                limited!(INFO, "a TLS handshake failed", %peer, reason, ?detail);
            }
            Err(HandshakeError::Other(reason)) => {
                limited!(DEBUG, "no HTTP connection", %peer, ?reason);
            }
        }
        None
    }

    /// Waits for TLS and the preface, both in time.
    async fn handshake(&self, stream: TcpStream) -> Result<Beginning<Transport>, HandshakeError> {
        set_options(&stream).map_err(|error| HandshakeError::Other(error.to_string()))?;
        let end = Instant::now() + self.timeout;
        let io = match &self.tls {
            None => Transport::Left(stream),
            Some(tls) => Transport::Right(accept(tls, stream, end).await?),
        };
        let takes_http1 = self.has_web && !has_agreed_on_http2(&io);
        let begun = expect_http(io, takes_http1, end).await?;
        #[cfg(target_os = "linux")]
        if let Beginning::Http1(io) = &begun {
            let set = self.keepalive.set(tcp(io.get_ref()));
            set.map_err(|error| HandshakeError::Other(error.to_string()))?;
        }
        Ok(begun)
    }
}

/// Waits until `end` for what a connection of HTTP begins with.
async fn expect_http<T>(
    io: T,
    takes_http1: bool,
    end: Instant,
) -> Result<Beginning<T>, HandshakeError>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let (why, io) = match timeout_at(end, preface::expect(io)).await {
        Ok(Ok(Beginning::Http1(io))) if !takes_http1 => (NotHttp::Other, io.into_inner()),
        Ok(Ok(io)) => return Ok(io),
        Ok(Err(other)) => other,
        Err(_elapsed) => return Err(HandshakeError::Other(TOO_LONG.to_owned())),
    };
    timeout_at(end, finish(io)).await.ok();
    Err(match why {
        NotHttp::Tls => HandshakeError::Tls(TlsFailure::new(
            TlsFailureReason::PlaintextPort,
            "the peer speaks TLS, and this port is plaintext",
        )),
        NotHttp::Other => HandshakeError::Other("the peer speaks another protocol".to_owned()),
        NotHttp::Io(error) => HandshakeError::Other(error.to_string()),
    })
}

/// TLS on `stream`, at the latest at `end`. Who has not sent a whole first message of
/// TLS, such as a probe of a load balancer, has not begun, and has not failed either.
async fn accept(
    tls: &Tls,
    stream: TcpStream,
    end: Instant,
) -> Result<TlsStream<TcpStream>, HandshakeError> {
    let begun = timeout_at(end, LazyConfigAcceptor::new(Acceptor::default(), stream)).await;
    let begun = begun.map_err(|_elapsed| HandshakeError::Other(TOO_LONG.to_owned()))?;
    let begun = begun.map_err(|error| match TlsFailure::of(&error) {
        Some(failure) => HandshakeError::Tls(failure),
        None => HandshakeError::Other(format!("TLS: {error}")),
    })?;
    let accepted = timeout_at(end, begun.into_stream(tls.config())).await;
    let failure = match accepted {
        Ok(Ok(io)) => return Ok(io),
        Ok(Err(error)) => TlsFailure::of(&error).unwrap_or_else(|| {
            TlsFailure::new(TlsFailureReason::Closed, &format!("the connection broke: {error}"))
        }),
        Err(_elapsed) => TlsFailure::new(TlsFailureReason::Timeout, TOO_LONG),
    };
    Err(HandshakeError::Tls(failure))
}

/// Whether client and server have agreed by ALPN that HTTP/2 is spoken.
fn has_agreed_on_http2(io: &Transport) -> bool {
    match io {
        Transport::Left(_) => false,
        Transport::Right(tls) => tls.get_ref().1.alpn_protocol() == Some(HTTP2),
    }
}

#[cfg(target_os = "linux")]
fn tcp(io: &Transport) -> &TcpStream {
    match io {
        Transport::Left(tcp) => tcp,
        Transport::Right(tls) => tls.get_ref().0,
    }
}

fn set_options(stream: &TcpStream) -> io::Result<()> {
    // A small frame is not to wait for the acknowledgement of another.
    stream.set_nodelay(true)?;
    // Some megabytes, as a rule, are beyond any budget for thousands of connections.
    #[cfg(target_os = "linux")]
    SockRef::from(stream).set_tcp_notsent_lowat(MAX_UNSENT_BYTES)?;
    Ok(())
}

/// Ends a connection on which the peer has said something else.
async fn finish<T: AsyncRead + AsyncWrite + Unpin>(mut io: T) {
    io.shutdown().await.ok();
    lingering_close::take_at_once(io);
}
