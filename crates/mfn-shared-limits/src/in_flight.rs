//! What was sent over a connection and has no answer yet, and how long the store has been
//! silent about it.
//!
//! A thread that the machine does not let run cannot tell a silent store from answers that
//! it has not read. So time is counted by ticks of this thread: one that comes late counts
//! as one that comes in time, and after each the task that reads runs before anything is
//! concluded.

use std::collections::VecDeque;
use std::future::{Future, pending, ready};
use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use mfn_access::shared::{Unavailable, Verdict};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use crate::command::{Admit, Reply};
use crate::connection::BrokenConnection;

/// How long a call waits for the store at most, on a machine that lets this thread run.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_millis(50);
/// The ticks that are as long as [`ANSWER_TIMEOUT`]. A call that comes between two ticks
/// waits for less than one tick less.
const TIMEOUT_TICKS: u32 = 5;
/// Most batches that are on their way. Calls that come beyond it are sent together later.
const MAX_BATCHES: usize = 16;

/// What a batch is answered.
pub(crate) type Answer = Result<Vec<Reply>, BrokenConnection>;

/// See the module.
pub(crate) struct InFlight {
    /// Oldest first.
    batches: VecDeque<Batch>,
    /// The answers to these, in the same order.
    answers: FuturesOrdered<Pin<Box<dyn Future<Output = Answer> + Send>>>,
    ticks: Interval,
    /// How many ticks there have been while an answer was awaited.
    elapsed_ticks: u64,
}

/// Commands that were sent together. Those of these calls come last.
pub(crate) struct Batch {
    pub(crate) calls: Vec<WaitingCall>,
    pub(crate) sent: Instant,
    /// When the first call began to wait, in ticks.
    since: u64,
}

/// What comes of what is on its way.
pub(crate) enum Event {
    /// The oldest batch has its answer.
    Answered(Batch, Answer),
    /// The store is silent about the oldest batch for too long.
    Overdue,
    /// A tick is over, and is to be counted.
    Ticked,
}

/// A call that waits for its verdict.
pub(crate) struct WaitingCall {
    pub(crate) call: Admit,
    pub(crate) answer: oneshot::Sender<Result<Verdict, Unavailable>>,
    /// When it began to wait, in ticks.
    since: u64,
}

impl InFlight {
    pub(crate) fn new() -> Self {
        let mut ticks = interval(ANSWER_TIMEOUT / TIMEOUT_TICKS);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self { batches: VecDeque::new(), answers: FuturesOrdered::new(), ticks, elapsed_ticks: 0 }
    }

    pub(crate) fn has_room(&self) -> bool {
        self.batches.len() < MAX_BATCHES
    }

    /// The call begins to wait now.
    pub(crate) fn waiting(
        &self,
        call: Admit,
        answer: oneshot::Sender<Result<Verdict, Unavailable>>,
    ) -> WaitingCall {
        WaitingCall { call, answer, since: self.elapsed_ticks }
    }

    /// Commands were sent now, of which those of these `calls` come last.
    pub(crate) fn push(
        &mut self,
        calls: Vec<WaitingCall>,
        answer: impl Future<Output = Answer> + Send + 'static,
    ) {
        if self.batches.is_empty() {
            self.ticks.reset();
        }
        let since = calls.first().map_or(self.elapsed_ticks, |first| first.since);
        self.batches.push_back(Batch { calls, sent: Instant::now(), since });
        self.answers.push_back(Box::pin(answer));
    }

    /// What comes next. Nothing ever comes while nothing is on its way.
    pub(crate) async fn next(&mut self) -> Event {
        let (is_awaited, is_overdue) = (!self.batches.is_empty(), self.is_overdue());
        tokio::select! {
            biased;
            Some(answer) = self.answers.next() => self.answered(answer),
            () = ready(()), if is_overdue => Event::Overdue,
            _ = self.ticks.tick(), if is_awaited => Event::Ticked,
            else => pending().await,
        }
    }

    /// Counts a tick, after the task that reads has had its turn.
    pub(crate) async fn count_tick(&mut self) {
        yield_now().await;
        self.elapsed_ticks += 1;
    }

    /// Waits until all are answered.
    pub(crate) async fn all_answered(mut self) {
        while self.answers.next().await.is_some() {}
    }

    /// The calls that have no answer. None is awaited any longer.
    pub(crate) fn give_up(&mut self) -> impl Iterator<Item = WaitingCall> {
        self.answers = FuturesOrdered::new();
        self.batches.drain(..).flat_map(|batch| batch.calls)
    }

    fn answered(&mut self, answer: Answer) -> Event {
        match self.batches.pop_front() {
            Some(batch) => Event::Answered(batch, answer),
            // There are as many batches as answers.
            None => Event::Ticked,
        }
    }

    fn is_overdue(&self) -> bool {
        let ticks = |batch: &Batch| self.elapsed_ticks - batch.since;
        self.batches.front().map_or(0, ticks) >= u64::from(TIMEOUT_TICKS)
    }
}
