//! Bodies of calls that are over, which are read to their end and thrown away:
//! within bounds of bytes, of time, and of how many there are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::streams::Streams;

/// Most bytes that are read of what nobody wants.
const MAX_BYTES: usize = 1024 * 1024;
/// How long the end of an unwanted body is waited for. Most clients end the
/// stream as soon as they have read the answer, so this is for the longest way
/// there and back.
const MAX_TIME: Duration = Duration::from_secs(10);
/// Unwanted bodies of all connections of a network thread together, each of which
/// holds about 2.5 KiB.
const MAX_OF_A_THREAD: usize = 2048;

/// The unwanted bodies of all connections of a network thread. One more than may be, and the oldest
/// is not waited for any longer: it had the most time to come.
#[derive(Clone, Debug, Default)]
pub(super) struct UnwantedOfAThread(Arc<Mutex<InOrder>>);

#[derive(Debug, Default)]
struct InOrder {
    next_number: u64,
    tasks: BTreeMap<u64, AbortHandle>,
}

/// Those of one connection.
#[derive(Debug)]
pub(super) struct UnwantedBodies {
    permits: Arc<Semaphore>,
    draining: CancellationToken,
    among: UnwantedOfAThread,
    streams: Streams,
}

impl UnwantedBodies {
    /// Of a connection that may have `max_streams`, until it is `draining`.
    pub(super) fn new(
        max_streams: u32,
        draining: CancellationToken,
        among: UnwantedOfAThread,
        streams: Streams,
    ) -> Self {
        // They count among its streams, and leave half of these to calls.
        let most = max_streams.div_ceil(2) as usize;
        let permits = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        Self { permits, draining, among, streams }
    }

    /// Reads the rest of `body` and throws it away.
    pub(super) fn read(&self, body: Incoming) {
        let mut end = Box::pin(end_of(body));
        // Nearly always the rest is there already.
        if end.as_mut().now_or_never().is_some() {
            return;
        }
        // Without a permit, or without a runtime, the stream is reset.
        let permit = Arc::clone(&self.permits).try_acquire_owned();
        if let (Ok(permit), Ok(runtime)) = (permit, Handle::try_current()) {
            let draining = self.draining.clone();
            let stream = self.streams.stay();
            self.among.start(&runtime, async move {
                let end = timeout(MAX_TIME, end);
                draining.run_until_cancelled(end).await;
                drop((permit, stream));
            });
        }
    }
}

impl UnwantedOfAThread {
    fn start(&self, runtime: &Handle, read: impl Future<Output = ()> + Send + 'static) {
        let mut bodies = self.lock();
        if bodies.tasks.len() >= MAX_OF_A_THREAD
            && let Some((_number, oldest)) = bodies.tasks.pop_first()
        {
            oldest.abort();
        }
        bodies.next_number += 1;
        let number = bodies.next_number;
        let all = self.clone();
        let task = runtime.spawn(async move {
            read.await;
            all.lock().tasks.remove(&number);
        });
        bodies.tasks.insert(number, task.abort_handle());
    }

    /// No panic can leave them half changed.
    fn lock(&self) -> MutexGuard<'_, InOrder> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads `body` to its end, unless it goes on beyond all bounds.
async fn end_of(mut body: Incoming) {
    let mut left = MAX_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        let Some(still_left) = left.checked_sub(bytes) else { return };
        left = still_left;
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn one_too_many_and_the_oldest_is_given_up() {
        let all = UnwantedOfAThread::default();
        let runtime = Handle::current();
        let oldest = Arc::new(());
        let held = Arc::clone(&oldest);
        all.start(&runtime, async move {
            pending::<()>().await;
            drop(held);
        });
        for _ in 1..MAX_OF_A_THREAD {
            all.start(&runtime, pending());
        }
        tokio::task::yield_now().await;
        assert_eq!(Arc::strong_count(&oldest), 2);
        all.start(&runtime, async {});
        while Arc::strong_count(&oldest) > 1 {
            tokio::task::yield_now().await;
        }
        while all.lock().tasks.len() >= MAX_OF_A_THREAD {
            tokio::task::yield_now().await;
        }
    }
}
