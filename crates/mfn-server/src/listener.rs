//! Accepts connections, and deals them to whoever serves them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::sleep;

use crate::entrance::Entrance;
use crate::eviction::Candidate;
use crate::log_limit::limited;
use crate::memory::{Budget, CONNECTION_BYTES, Taken};
use crate::metrics::ConnectionCounts;

/// How long to wait after an error of the listener itself, such as of too few
/// file descriptors. Without a wait it would be asked again at once, and on.
const FIRST_BACK_OFF: Duration = Duration::from_millis(10);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(1);

/// Hears of connections: a socket, or what stands for one in a simulation.
pub(crate) trait Listener {
    type Stream: Send + 'static;

    /// Waits for the next connection, and says who it is from. None is lost if this is
    /// dropped before.
    fn accept(
        &mut self,
    ) -> impl Future<Output = io::Result<(Self::Stream, SocketAddr)>> + Send + '_;
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        Self::accept(self).await
    }
}

/// A connection that nobody serves yet.
#[derive(Debug)]
pub(crate) struct Accepted<T> {
    pub(crate) stream: T,
    pub(crate) peer: SocketAddr,
    /// Of those that may be open.
    pub(crate) permit: OwnedSemaphorePermit,
    pub(crate) memory: Taken,
    pub(crate) candidate: Candidate,
}

impl<T> Accepted<T> {
    /// The same connection, with what `make` makes of its stream.
    ///
    /// # Errors
    /// `make` fails; the connection is dropped then.
    pub(crate) fn try_map_stream<U>(
        self,
        make: impl FnOnce(T) -> io::Result<U>,
    ) -> io::Result<Accepted<U>> {
        let Self { stream, peer, permit, memory, candidate } = self;
        Ok(Accepted { stream: make(stream)?, peer, permit, memory, candidate })
    }
}

/// Accepts connections.
pub(crate) struct Acceptor<L: Listener> {
    listener: L,
    entrance: Entrance<(L::Stream, SocketAddr)>,
    memory: Budget,
    counts: Arc<ConnectionCounts>,
}

impl<L: Listener> Acceptor<L> {
    /// Of the connections that `listener` hears of, `max_connections` may be open.
    /// Each takes its part of `memory`, and is counted.
    pub(crate) fn new(
        listener: L,
        max_connections: usize,
        memory: Budget,
        counts: Arc<ConnectionCounts>,
    ) -> Self {
        let entrance = Entrance::new(max_connections, Arc::clone(&counts));
        Self { listener, entrance, memory, counts }
    }

    /// Accepts connections without end, and passes each to `deal`.
    pub(crate) async fn run(&mut self, deal: impl Fn(Accepted<L::Stream>)) -> ! {
        let mut back_off = FIRST_BACK_OFF;
        loop {
            let accepted = tokio::select! {
                biased;
                // It has come before those that are accepted now.
                entered = self.entrance.entered() => {
                    deal(self.accepted(entered));
                    continue;
                }
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok(newcomer) => {
                    back_off = FIRST_BACK_OFF;
                    self.counts.accept();
                    if let Some(entered) = self.entrance.enter(newcomer) {
                        deal(self.accepted(entered));
                    }
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    limited!(ERROR, "cannot accept connections", %error, wait = ?back_off);
                    sleep(back_off).await;
                    back_off = (back_off * 2).min(LONGEST_BACK_OFF);
                }
            }
        }
    }

    /// Deals those that wait already, and listens no more: their clients take
    /// them for accepted, and may have sent calls.
    pub(crate) fn finish(mut self, deal: impl Fn(Accepted<L::Stream>)) {
        while let Some(Ok(newcomer)) = self.listener.accept().now_or_never() {
            self.counts.accept();
            if let Some(entered) = self.entrance.enter_if_free(newcomer) {
                deal(self.accepted(entered));
            }
        }
    }

    fn accepted(
        &self,
        ((stream, peer), permit): ((L::Stream, SocketAddr), OwnedSemaphorePermit),
    ) -> Accepted<L::Stream> {
        let candidate = self.entrance.candidate();
        let memory = self.memory.take(CONNECTION_BYTES);
        Accepted { stream, peer, permit, memory, candidate }
    }
}

/// Whether it is the error of a connection that broke while it waited.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
