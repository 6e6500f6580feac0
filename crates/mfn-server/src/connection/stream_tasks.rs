//! The tasks that answer the streams of a connection.
//!
//! The transport does not ask for more of an answer while its reader is slow, so an
//! answer cannot end itself then. Its task can: what it drops is reset.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::Executor;
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::free_calls::{UnchargedAnswer, Wait};
use crate::log_limit::limited;
use crate::reader::Reader;

/// How long an answer that nobody is charged for is not counted among those that
/// are unread. Readers who read take less, so they need no place there, and nobody
/// opens many streams in this time.
const BRIEF: Duration = Duration::from_millis(100);

/// Runs each stream in a task of its own, and resets those whose reader takes
/// nothing for too long.
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamTasks;

impl<F> Executor<F> for StreamTasks
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        tokio::spawn(watched(stream));
    }
}

/// `stream`, which ends when the reader of its answer takes nothing for too long.
pub(super) fn watched<F: Future<Output = ()>>(stream: F) -> impl Future<Output = ()> + use<F> {
    StreamTask { stream, watch: None }
}

pin_project! {
    struct StreamTask<F> {
        #[pin]
        stream: F,
        // Of an answer that has to be read in time, once it has begun.
        watch: Option<Watch>,
    }
}

struct Watch {
    reader: Arc<Reader>,
    timer: Pin<Box<Sleep>>,
    /// Among the unread answers that nobody is charged for.
    wait: Option<Wait>,
}

impl<F: Future<Output = ()>> Future for StreamTask<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        // A stream that panicked may have left its own.
        drop(Reader::begun());
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
        Self { reader, timer: Box::pin(sleep_until(Instant::now())), wait: None }
    }

    /// Ready when the reader has taken nothing for too long, or others wait who have
    /// not waited so long.
    fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // Without something to take, nothing can stall. Whatever is given to take
        // is given by the stream that was polled just now.
        while let Some(time) = self.reader.stalls_at() {
            if time <= Instant::now() || self.poll_must_go(cx).is_ready() {
                self.reader.is_given_up();
                limited!(DEBUG, "a call is reset: nobody reads its answer");
                return Poll::Ready(());
            }
            let time = self.joins_at().unwrap_or(time);
            self.timer.as_mut().reset(time);
            ready!(self.timer.as_mut().poll(cx));
        }
        self.wait = None;
        Poll::Pending
    }

    /// Ready when it has to make room for another unread answer.
    fn poll_must_go(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.joins_at().is_some_and(|time| time <= Instant::now()) {
            self.wait = self.reader.uncharged().map(UnchargedAnswer::waits_for_reader);
        }
        match &mut self.wait {
            Some(wait) => wait.poll_must_go(cx).map(drop),
            None => Poll::Pending,
        }
    }

    /// When it joins those answers, if it does and has not yet.
    fn joins_at(&self) -> Option<Instant> {
        let uncharged = self.reader.uncharged().filter(|_| self.wait.is_none())?;
        let brief = if uncharged.is_one_of_many() { Duration::ZERO } else { BRIEF };
        self.reader.stands_since().map(|since| since + brief)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;
    use crate::free_calls::{ConnectionFreeCalls, FreeCalls};
    use crate::reader::{LONGEST_STALL, LONGEST_UNCHARGED_STALL};

    const LITTLE_LESS: Duration = Duration::from_secs(29);

    /// A stream that has given its reader one part.
    fn stream() -> (impl Future<Output = ()>, oneshot::Receiver<Arc<Reader>>) {
        let (begin, begun) = oneshot::channel();
        let stream = async move {
            let reader = Reader::begin(None);
            let _given = reader.give();
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
            // Something is taken.
            drop(reader.give());
        }
        task.await.expect("no panic");
        let waited = 10 * LITTLE_LESS + LONGEST_STALL;
        assert_eq!(start.elapsed().as_secs(), waited.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_the_server_is_not_reset() {
        let stream = async {
            let reader = Reader::begin(None);
            drop(reader.give());
            tokio::time::sleep(10 * LONGEST_STALL).await;
        };
        let start = Instant::now();
        StreamTask { stream, watch: None }.await;
        assert_eq!(start.elapsed(), 10 * LONGEST_STALL);
    }

    /// A stream with an answer that nobody is charged for, on this connection.
    fn uncharged(connection: &ConnectionFreeCalls) -> StreamTask<impl Future<Output = ()> + use<>> {
        let connection = connection.clone();
        let stream = async move {
            let _given = Reader::begin_uncharged(None, connection.answer()).give();
            pending::<()>().await;
        };
        StreamTask { stream, watch: None }
    }

    // shows MFN-LIMIT-011
    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_is_charged_for_waits_for_its_reader_for_ten_seconds() {
        let start = Instant::now();
        uncharged(&FreeCalls::default().of_connection()).await;
        assert_eq!(start.elapsed().as_secs(), LONGEST_UNCHARGED_STALL.as_secs());
    }

    // shows MFN-LIMIT-011
    #[tokio::test(start_paused = true)]
    async fn the_unread_answer_that_has_waited_longest_makes_room() {
        const OF_A_CONNECTION: usize = 64;
        let connection = FreeCalls::default().of_connection();
        let start = Instant::now();
        let oldest = tokio::spawn(uncharged(&connection));
        tokio::time::sleep(BRIEF).await;
        let others: Vec<_> =
            (0..OF_A_CONNECTION).map(|_| tokio::spawn(uncharged(&connection))).collect();
        oldest.await.expect("no panic");
        assert!(start.elapsed() < 3 * BRIEF);
        for other in others {
            other.await.expect("no panic");
        }
        assert!(start.elapsed() >= LONGEST_UNCHARGED_STALL);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_panics_leaves_its_reader_to_no_other() {
        let panics = async {
            let _given = Reader::begin(None).give();
            panic!("of the test");
        };
        tokio::spawn(StreamTask { stream: panics, watch: None }).await.expect_err("a panic");
        let mut other = StreamTask { stream: pending(), watch: None };
        tokio::time::timeout(LONGEST_STALL, Pin::new(&mut other)).await.expect_err("it waits");
        assert!(other.watch.is_none());
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
