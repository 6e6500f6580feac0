//! The tasks that answer the streams of a connection.
//!
//! The transport does not ask for more of an answer while its reader is slow, so an
//! answer cannot end itself then. Its task can: what it drops is reset.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::rt::Executor;
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::log_limit::limited;
use crate::reader::Reader;

/// Runs each stream in a task of its own, and resets those whose reader takes
/// nothing for too long.
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamTasks;

impl<F> Executor<F> for StreamTasks
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        tokio::spawn(StreamTask { stream, watch: None });
    }
}

pin_project! {
    struct StreamTask<F> {
        #[pin]
        stream: F,
        // Of an answer that holds much memory, once it has begun.
        watch: Option<Watch>,
    }
}

struct Watch {
    reader: Arc<Reader>,
    timer: Pin<Box<Sleep>>,
}

impl<F: Future<Output = ()>> Future for StreamTask<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let stream = this.stream.poll(cx);
        if let Some(reader) = Reader::begun() {
            *this.watch = Some(Watch::of(reader));
        }
        if stream.is_ready() {
            return Poll::Ready(());
        }
        match this.watch {
            Some(watch) => watch.poll_stalled(cx),
            None => Poll::Pending,
        }
    }
}

impl Watch {
    fn of(reader: Arc<Reader>) -> Self {
        Self { reader, timer: Box::pin(sleep_until(Instant::now())) }
    }

    /// Ready when the reader has taken nothing for too long.
    fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // Without something to take, nothing can stall. Whatever is given to take
        // is given by the stream that was polled just now.
        while let Some(time) = self.reader.stalls_at() {
            if time <= Instant::now() {
                self.reader.is_given_up();
                limited!(DEBUG, "a call is reset: nobody reads its answer");
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(time);
            ready!(self.timer.as_mut().poll(cx));
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;
    use crate::reader::LONGEST_STALL;

    const LITTLE_LESS: Duration = Duration::from_secs(29);

    /// A stream that has given its reader one part.
    fn stream() -> (impl Future<Output = ()>, oneshot::Receiver<Arc<Reader>>) {
        let (begin, begun) = oneshot::channel();
        let stream = async move {
            let reader = Reader::begin(None);
            reader.is_given();
            begin.send(reader).ok();
            pending::<()>().await;
        };
        (StreamTask { stream, watch: None }, begun)
    }

    // shows MFN-MEM-003
    #[tokio::test(start_paused = true)]
    async fn a_stream_is_reset_when_its_reader_takes_nothing_for_half_a_minute() {
        let (stream, _begun) = stream();
        let start = Instant::now();
        stream.await;
        assert_eq!(start.elapsed().as_secs(), LONGEST_STALL.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_who_takes_a_little_is_waited_for() {
        let (stream, begun) = stream();
        let task = tokio::spawn(stream);
        let reader = begun.await.expect("it begins");
        let start = Instant::now();
        for _ in 0..10 {
            tokio::time::sleep(LITTLE_LESS).await;
            reader.is_given();
            reader.takes();
        }
        task.await.expect("no panic");
        let waited = 10 * LITTLE_LESS + LONGEST_STALL;
        assert_eq!(start.elapsed().as_secs(), waited.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_the_server_is_not_reset() {
        let stream = async {
            let reader = Reader::begin(None);
            reader.is_given();
            reader.takes();
            tokio::time::sleep(10 * LONGEST_STALL).await;
        };
        let start = Instant::now();
        StreamTask { stream, watch: None }.await;
        assert_eq!(start.elapsed(), 10 * LONGEST_STALL);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_ends_is_left_alone() {
        let mut polls = 0;
        let stream = poll_fn(move |cx| {
            polls += 1;
            cx.waker().wake_by_ref();
            if polls < 3 { Poll::Pending } else { Poll::Ready(()) }
        });
        StreamTask { stream, watch: None }.await;
    }
}
