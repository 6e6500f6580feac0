//! Accepts connections, and deals them to the threads of the network.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::sleep;

use crate::entrance::Entrance;
use crate::io_threads::{Accepted, IoThreads};
use crate::log_limit::limited;
use crate::memory::{Budget, CONNECTION_BYTES};
use crate::metrics::ConnectionCounts;

/// How long to wait after an error of the listener itself, such as of too few
/// file descriptors. Without a wait it would be asked again at once, and on.
const FIRST_BACK_OFF: Duration = Duration::from_millis(10);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(1);

/// Accepts connections.
pub(crate) struct Acceptor {
    listener: TcpListener,
    entrance: Entrance<(TcpStream, SocketAddr)>,
    memory: Budget,
    counts: Arc<ConnectionCounts>,
}

impl Acceptor {
    /// Of the connections that `listener` hears of, `max_connections` may be open.
    /// Each takes its part of `memory`, and is counted.
    pub(crate) fn new(
        listener: TcpListener,
        max_connections: usize,
        memory: Budget,
        counts: Arc<ConnectionCounts>,
    ) -> Self {
        let entrance = Entrance::new(max_connections, Arc::clone(&counts));
        Self { listener, entrance, memory, counts }
    }

    /// Deals connections to `threads` without end.
    pub(crate) async fn run(&mut self, threads: &IoThreads) -> ! {
        let mut back_off = FIRST_BACK_OFF;
        loop {
            let accepted = tokio::select! {
                entered = self.entrance.entered() => {
                    self.deal(entered, threads);
                    continue;
                }
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok(newcomer) => {
                    back_off = FIRST_BACK_OFF;
                    self.counts.accept();
                    if let Some(entered) = self.entrance.enter(newcomer) {
                        self.deal(entered, threads);
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
        while let Some(Ok(newcomer)) = self.listener.accept().now_or_never() {
            self.counts.accept();
            if let Some(entered) = self.entrance.enter_if_free(newcomer) {
                self.deal(entered, threads);
            }
        }
    }

    fn deal(
        &self,
        ((stream, peer), permit): ((TcpStream, SocketAddr), OwnedSemaphorePermit),
        threads: &IoThreads,
    ) {
        let candidate = self.entrance.candidate();
        let memory = self.memory.take(CONNECTION_BYTES);
        match stream.into_std() {
            Ok(stream) => threads.deal(Accepted { stream, peer, permit, memory, candidate }),
            Err(error) => limited!(DEBUG, "the connection broke at once", %peer, %error),
        }
    }
}

/// Whether it is the error of a connection that broke while it waited.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
