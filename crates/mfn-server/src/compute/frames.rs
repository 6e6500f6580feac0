//! Streams of frames: computed ahead of their reader, a little; at rest while the
//! reader is behind, so that no thread waits for a network.

use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{self, Receiver};
use tokio_stream::Stream;

use super::jobs::Work;
use super::pool::Pool;
use super::task::Ticket;
use super::turn::{OnThread, Turn};
use crate::error::Error;

/// Frames from the pool.
pub(super) struct Frames<T> {
    ready: Receiver<Result<T, Error>>,
    _ticket: Ticket,
    /// Or else the stream would end with the pool, as if it were complete.
    _pool: Arc<Pool>,
}

impl<T> Frames<T> {
    pub(super) fn new(ready: Receiver<Result<T, Error>>, ticket: Ticket, pool: Arc<Pool>) -> Self {
        Self { ready, _ticket: ticket, _pool: pool }
    }
}

impl<T> Stream for Frames<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.ready.poll_recv(cx)
    }
}

/// Where a computation sends its frames.
#[derive(Debug)]
pub(crate) struct FrameSender<T>(mpsc::Sender<Result<T, Error>>);

impl<T> FrameSender<T> {
    /// At most `ahead` frames may be unread, and one wait to be sent.
    pub(super) fn channel(ahead: usize) -> (Self, Receiver<Result<T, Error>>) {
        let (sender, ready) = mpsc::channel(ahead);
        (Self(sender), ready)
    }

    /// Sends a frame, as soon as the reader is near enough. If there is none any
    /// more, the computation ends here.
    pub(crate) async fn send(&self, frame: T) {
        let Self(sender) = self;
        let frame = match sender.try_send(Ok(frame)) {
            Ok(()) => return,
            Err(TrySendError::Full(frame)) => frame,
            Err(TrySendError::Closed(_)) => pending().await,
        };
        // Not for each frame: a thread should have several to compute at once.
        let several = sender.max_capacity().div_ceil(2);
        match sender.reserve_many(several).await {
            Ok(mut permits) => {
                if let Some(permit) = permits.next() {
                    permit.send(frame);
                }
            }
            Err(_closed) => pending().await,
        }
    }
}

/// The frames that `job` sends at once.
pub(super) fn here<T>(
    job: impl FnOnce(FrameSender<T>) -> Result<(), Error>,
) -> Vec<Result<T, Error>> {
    let (sender, mut ready) = FrameSender::channel(Semaphore::MAX_PERMITS);
    let outcome = job(sender);
    let mut frames = Vec::new();
    while let Ok(frame) = ready.try_recv() {
        frames.push(frame);
    }
    frames.extend(outcome.err().map(Err));
    frames
}

/// What `job` computes goes to `sender`. What the call holds for it is given back
/// before the end of the stream can be seen.
pub(super) fn sending<T, J, F>(turn: OnThread, job: J, sender: FrameSender<T>) -> Work
where
    T: Send + 'static,
    J: FnOnce(Turn, FrameSender<T>) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let (task, permit) = (Arc::clone(&turn.task), turn.permit.clone());
    let FrameSender(end) = &sender;
    let end = end.clone();
    let job = job(Turn::on(turn), sender);
    Box::pin(async move {
        // It is held while the stream is at rest as well.
        if let Some(memory) = task.take_memory() {
            permit.keep(Arc::new(memory));
        }
        let outcome = AssertUnwindSafe(job).catch_unwind().await;
        drop(permit);
        // Or else the stream would end as if it were complete.
        if outcome.is_err() {
            end.send(Err(Error::Internal)).await.ok();
        }
        None
    })
}
