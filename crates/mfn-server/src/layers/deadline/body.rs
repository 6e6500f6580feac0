//! The body of an answer, which ends when its call does.

use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::Frame;
use tokio::task::AbortHandle;
use tonic::Status;

use super::End;
use crate::error::Error;
use crate::layers::answer_body::{AnswerBody, trailers};
use crate::request_id::RequestId;

/// A body that a task of its own ends: while a reader is slow, nobody polls the
/// body, and what it computes would not be let go.
#[derive(Debug)]
pub(super) struct EndingBody {
    shared: Arc<Shared>,
    watch: AbortHandle,
}

#[derive(Debug)]
struct Shared(Mutex<State>);

#[derive(Debug)]
enum State {
    Open {
        body: Box<AnswerBody>,
        reader: Option<Waker>,
    },
    /// Ended by the watching task; the reader is still to be told.
    Ended(Status),
    Over,
}

impl EndingBody {
    /// Has `body` ended when `end` comes.
    pub(super) fn replace(body: &mut AnswerBody, end: &End, id: &RequestId) {
        let bound = body.bound();
        let ending = Self::new(mem::take(body), end.clone(), id.clone());
        *body = AnswerBody::frames(ending, bound);
    }

    fn new(body: AnswerBody, end: End, id: RequestId) -> Self {
        let shared =
            Arc::new(Shared(Mutex::new(State::Open { body: Box::new(body), reader: None })));
        let ending = Arc::clone(&shared);
        let watch = tokio::spawn(async move {
            let error = end.come().await;
            ending.end(error, &id);
        });
        Self { shared, watch: watch.abort_handle() }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, error: Error, id: &RequestId) {
        let mut state = self.state();
        if let State::Open { reader, .. } = &mut *state {
            let reader = reader.take();
            let ended = State::Ended(error.into_status(id));
            let open = mem::replace(&mut *state, ended);
            drop(state);
            // With the body goes what computes it.
            drop(open);
            reader.inspect(Waker::wake_by_ref);
        }
    }
}

impl http_body::Body for EndingBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let mut state = self.shared.state();
        match &mut *state {
            State::Open { body, reader } => {
                let frame = Pin::new(body).poll_frame(cx);
                *reader = frame.is_pending().then(|| cx.waker().clone());
                frame
            }
            State::Ended(status) => {
                let last = trailers(status);
                *state = State::Over;
                Poll::Ready(Some(last))
            }
            State::Over => Poll::Ready(None),
        }
    }
}

impl Drop for EndingBody {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http_body_util::{BodyExt as _, StreamBody};
    use tokio::sync::mpsc;
    use tokio::time::Instant;
    use tokio_stream::StreamExt as _;
    use tokio_stream::wrappers::ReceiverStream;

    use super::*;
    use crate::layers::answer_body::Bound;

    /// A streamed body that ends in a second, and who sends its frames.
    fn body() -> (AnswerBody, mpsc::Sender<Bytes>) {
        let (frames, received) = mpsc::channel(1);
        let stream = ReceiverStream::new(received).map(|data| Ok::<_, Status>(Frame::data(data)));
        let mut body = AnswerBody::frames(StreamBody::new(stream), Bound::OpenStreams);
        let deadline = Some(Instant::now() + Duration::from_secs(1));
        let end = End { deadline, cut_off: Arc::default() };
        EndingBody::replace(&mut body, &end, &RequestId::default());
        (body, frames)
    }

    // shows MFN-ERR-012
    #[tokio::test(start_paused = true)]
    async fn a_stream_that_has_begun_ends_with_the_status_in_its_trailers() {
        let (mut body, frames) = body();
        frames.send(Bytes::from_static(b"frame")).await.expect("it is read");
        assert_eq!(body.bound(), Bound::OpenStreams, "it is bounded as before");
        let first = body.frame().await.expect("a frame").expect("no error");
        assert_eq!(first.into_data().expect("data"), "frame");
        let last = body.frame().await.expect("a frame").expect("no error");
        let trailers = last.into_trailers().expect("trailers");
        assert_eq!(trailers["grpc-status"], "4");
        assert!(body.frame().await.is_none());
    }

    // shows MFN-TRANS-008
    #[tokio::test(start_paused = true)]
    async fn what_nobody_reads_is_let_go_at_the_deadline_too() {
        let (body, frames) = body();
        // Nobody polls the body, as while its reader is slow.
        frames.closed().await;
        drop(body);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_dropped_is_let_go_at_once_and_not_at_the_deadline() {
        let (body, frames) = body();
        let dropped = Instant::now();
        drop(body);
        frames.closed().await;
        assert_eq!(Instant::now(), dropped);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_ends_in_time_is_left_alone() {
        let (mut body, frames) = body();
        drop(frames);
        assert!(body.frame().await.is_none());
    }
}
