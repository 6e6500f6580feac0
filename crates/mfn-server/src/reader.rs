//! The reader of an answer, as the server sees it: what it has not taken yet, and
//! since when it takes nothing.

use std::cell::Cell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::time::Instant;

use crate::audit::Observed;
use crate::free_calls::UnchargedAnswer;

/// How long a reader may take nothing of an answer that holds much memory. What is
/// slower than a piece of such an answer in this time is no reader.
pub(crate) const LONGEST_STALL: Duration = Duration::from_secs(30);
/// The same of an answer that nobody is charged for. It has a few bytes, as a rule.
pub(crate) const LONGEST_UNCHARGED_STALL: Duration = Duration::from_secs(10);

thread_local! {
    /// The reader whose answer the running task has begun to send.
    static BEGUN: Cell<Option<Arc<Reader>>> = const { Cell::new(None) };
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Reader {
    untaken: Mutex<Untaken>,
    all_taken: AtomicWaker,
    observed: Option<Observed>,
    longest_stall: Duration,
    uncharged: Option<UnchargedAnswer>,
}

/// Something to take, until this is dropped: then it is taken, or will never be.
#[derive(Debug)]
pub(crate) struct Given(Arc<Reader>);

/// What was handed to the transport and is not written to the connection yet.
#[derive(Debug)]
struct Untaken {
    parts: usize,
    /// When there was the last change.
    since: Instant,
}

impl Reader {
    /// The reader of the call that is `observed`. The task that runs now sends its
    /// answer, and may ask for it by [`Self::begun`].
    pub(crate) fn begin(observed: Option<Observed>) -> Arc<Self> {
        Self::new(observed, LONGEST_STALL, None)
    }

    /// The same of an `answer` that nobody is charged for.
    pub(crate) fn begin_uncharged(
        observed: Option<Observed>,
        answer: UnchargedAnswer,
    ) -> Arc<Self> {
        Self::new(observed, LONGEST_UNCHARGED_STALL, Some(answer))
    }

    fn new(
        observed: Option<Observed>,
        longest_stall: Duration,
        uncharged: Option<UnchargedAnswer>,
    ) -> Arc<Self> {
        let untaken = Mutex::new(Untaken { parts: 0, since: Instant::now() });
        let all_taken = AtomicWaker::new();
        let reader = Arc::new(Self { untaken, all_taken, observed, longest_stall, uncharged });
        BEGUN.set(Some(Arc::clone(&reader)));
        reader
    }

    /// The reader whose answer has begun on this thread since this was asked last.
    pub(crate) fn begun() -> Option<Arc<Self>> {
        BEGUN.take()
    }

    /// A part is handed to the transport.
    pub(crate) fn give(self: &Arc<Self>) -> Given {
        let mut untaken = self.untaken();
        untaken.parts += 1;
        if untaken.parts == 1 {
            untaken.since = Instant::now();
        }
        drop(untaken);
        Given(Arc::clone(self))
    }

    fn takes(&self) {
        let mut untaken = self.untaken();
        untaken.parts -= 1;
        untaken.since = Instant::now();
        let is_last = untaken.parts == 0;
        drop(untaken);
        if is_last {
            self.all_taken.wake();
        }
    }

    /// Waits until all that was given is taken.
    pub(crate) fn poll_all_taken(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.all_taken.register(cx.waker());
        if self.untaken().parts == 0 { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Since when it takes nothing, if there is something to take.
    pub(crate) fn stands_since(&self) -> Option<Instant> {
        let untaken = self.untaken();
        (untaken.parts > 0).then_some(untaken.since)
    }

    /// When it will have taken nothing for too long, if it goes on so.
    pub(crate) fn stalls_at(&self) -> Option<Instant> {
        self.stands_since().map(|since| since + self.longest_stall)
    }

    /// The answer, if nobody is charged for it.
    pub(crate) fn uncharged(&self) -> Option<&UnchargedAnswer> {
        self.uncharged.as_ref()
    }

    /// It is given up.
    pub(crate) fn is_given_up(&self) {
        self.observed.as_ref().inspect(|observed| observed.is_not_read());
    }

    /// It is right after every statement that changes it.
    fn untaken(&self) -> MutexGuard<'_, Untaken> {
        self.untaken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        self.0.takes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_reader_stalls_while_it_takes_nothing_of_what_it_was_given() {
        let reader = Reader::begin(None);
        let half = LONGEST_STALL / 2;
        let start = Instant::now();
        tokio::time::advance(half).await;
        assert_eq!(reader.stalls_at(), None, "there is nothing to take");
        let first = reader.give();
        let second = reader.give();
        assert_eq!(reader.stalls_at(), Some(start + half + LONGEST_STALL));
        tokio::time::advance(half).await;
        let third = reader.give();
        assert_eq!(reader.stalls_at(), Some(start + half + LONGEST_STALL), "it has taken nothing");
        drop(first);
        assert_eq!(reader.stalls_at(), Some(start + 2 * half + LONGEST_STALL));
        drop((second, third));
        assert_eq!(reader.stalls_at(), None);
    }
}
