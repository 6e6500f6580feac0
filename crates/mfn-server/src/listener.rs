//! Accepts connections, and deals them to the threads of the network.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use crate::eviction::Candidates;
use crate::io_threads::{Accepted, IoThreads};
use crate::log_limit::limited;
use crate::memory::{Budget, CONNECTION_BYTES};

/// How long to wait after an error of the listener itself, such as of too few
/// file descriptors. Without a wait it would be asked again at once, and on.
const FIRST_BACK_OFF: Duration = Duration::from_millis(10);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(1);
/// How long to wait for the place of a connection that has been told to close. It
/// closes as soon as its thread looks at it.
const EVICTION: Duration = Duration::from_secs(1);

/// Accepts connections.
pub(crate) struct Acceptor {
    listener: TcpListener,
    max_connections: usize,
    places: Arc<Semaphore>,
    candidates: Candidates,
    memory: Budget,
}

impl Acceptor {
    /// Of the connections that `listener` hears of, `max_connections` may be open.
    /// Each takes its part of `memory`.
    pub(crate) fn new(listener: TcpListener, max_connections: usize, memory: Budget) -> Self {
        let places = Arc::new(Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS)));
        let candidates = Candidates::default();
        Self { listener, max_connections, places, candidates, memory }
    }

    /// Deals connections to `threads` without end.
    pub(crate) async fn run(&mut self, threads: &IoThreads) -> ! {
        let mut back_off = FIRST_BACK_OFF;
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    back_off = FIRST_BACK_OFF;
                    match self.place().await {
                        Some(place) => self.deal(stream, peer, place, threads),
                        None => self.tell_of_too_many(),
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
    pub(crate) fn finish(self, threads: &IoThreads) {
        while let Some(Ok((stream, peer))) = self.listener.accept().now_or_never() {
            match self.free_place() {
                Some(place) => self.deal(stream, peer, place, threads),
                None => self.tell_of_too_many(),
            }
        }
    }

    /// A place for one more connection, perhaps that of another which is closed
    /// for it. Without a place it is closed at once: a caller who is told can go
    /// elsewhere.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        if let Some(place) = self.free_place() {
            return Some(place);
        }
        if !self.candidates.evict_one() {
            return None;
        }
        let max_connections = self.max_connections;
        limited!(
            WARN,
            "closed one without admitted calls for another: as many connections are open as may",
            max_connections
        );
        timeout(EVICTION, Arc::clone(&self.places).acquire_owned()).await.ok()?.ok()
    }

    fn free_place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    fn tell_of_too_many(&self) {
        let max_connections = self.max_connections;
        limited!(WARN, "closed at once: as many connections are open as may", max_connections);
    }

    fn deal(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        place: OwnedSemaphorePermit,
        threads: &IoThreads,
    ) {
        let candidate = self.candidates.enter();
        let memory = self.memory.take(CONNECTION_BYTES);
        match stream.into_std() {
            Ok(stream) => threads.deal(Accepted { stream, peer, place, memory, candidate }),
            Err(error) => limited!(DEBUG, "the connection broke at once", %peer, %error),
        }
    }
}

/// Whether it is the error of a connection that broke while it waited.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
