//! Accepts connections, and deals them to the threads of the network.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::io_threads::{Accepted, IoThreads};

/// How long to wait after an error of the listener itself, such as of too few
/// file descriptors. Without a wait it would be asked again at once, and on.
const FIRST_BACK_OFF: Duration = Duration::from_millis(10);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(1);

/// Accepts connections without end, of which `max_connections` may be open.
pub(crate) async fn accept(
    listener: TcpListener,
    threads: &IoThreads,
    max_connections: usize,
) -> ! {
    let places = Arc::new(Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS)));
    let mut back_off = FIRST_BACK_OFF;
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                tracing::error!(%error, wait = ?back_off, "cannot accept connections");
                sleep(back_off).await;
                back_off = (back_off * 2).min(LONGEST_BACK_OFF);
                continue;
            }
        };
        back_off = FIRST_BACK_OFF;
        // Closed at once: a caller who is told can go elsewhere.
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            tracing::warn!(%peer, max_connections, "closed: as many connections are open as may");
            continue;
        };
        match stream.into_std() {
            Ok(stream) => threads.deal(Accepted { stream, peer, _place: place }),
            Err(error) => tracing::debug!(%peer, %error, "the connection broke at once"),
        }
    }
}

/// Whether it is the error of a connection that broke while it waited.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
