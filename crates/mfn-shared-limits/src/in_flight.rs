//! What was sent over a connection and has no answer yet, and how long the store has been
//! silent about it.
//!
//! A thread that the machine does not let run cannot tell a silent store from answers that
//! it has not read, and a store on the same machine may not run either. So time is counted by
//! ticks of this thread. One that comes late hardly counts, and after each the task that reads
//! runs before anything is concluded.

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

/// How long a call waits for the store at most, on a machine that lets this thread run. A
/// call that comes between two ticks waits for less than one tick less.
pub(crate) const ANSWER_TIMEOUT: Duration = TICK.saturating_mul(TIMEOUT_TICKS);
const TICK: Duration = Duration::from_millis(10);
const TIMEOUT_TICKS: u32 = 5;
/// How many ticks that are late by more than a tick are waited for at most.
const MOST_LATE_TICKS: u32 = 20;
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
    /// The ticks that there have been while an answer was awaited.
    elapsed: Elapsed,
}

/// Commands that were sent together. Those of these calls come last.
pub(crate) struct Batch {
    pub(crate) calls: Vec<WaitingCall>,
    pub(crate) sent: Instant,
    /// When the first call began to wait.
    since: Elapsed,
}

/// What comes of what is on its way.
pub(crate) enum Event {
    /// The oldest batch has its answer.
    Answered(Batch, Answer),
    /// The store is silent about the oldest batch for too long.
    Overdue,
    /// A tick is over, which was due then, and is to be counted.
    Ticked(Instant),
}

/// A call that waits for its verdict.
pub(crate) struct WaitingCall {
    pub(crate) call: Admit,
    pub(crate) answer: oneshot::Sender<Result<Verdict, Unavailable>>,
    /// When it began to wait.
    since: Elapsed,
}

/// Time by ticks.
#[derive(Clone, Copy, Default)]
struct Elapsed {
    in_time: u64,
    late: u64,
}

impl InFlight {
    pub(crate) fn new() -> Self {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let (batches, answers, elapsed) = Default::default();
        Self { batches, answers, ticks, elapsed }
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
        WaitingCall { call, answer, since: self.elapsed }
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
        let since = calls.first().map_or(self.elapsed, |first| first.since);
        self.batches.push_back(Batch { calls, sent: Instant::now(), since });
        self.answers.push_back(Box::pin(answer));
    }

    /// What comes next. Nothing ever comes while nothing is on its way.
    pub(crate) async fn next(&mut self) -> Event {
        let (is_awaited, is_overdue) = (!self.batches.is_empty(), self.is_overdue());
        tokio::select! {
            biased;
            Some(answer) = self.answers.next() => match self.batches.pop_front() {
                Some(batch) => Event::Answered(batch, answer),
                // There are as many batches as answers.
                None => pending().await,
            },
            () = ready(()), if is_overdue => Event::Overdue,
            due = self.ticks.tick(), if is_awaited => Event::Ticked(due),
            else => pending().await,
        }
    }

    /// Counts a tick that was due then, after the task that reads has had its turn.
    pub(crate) async fn count_tick(&mut self, due: Instant) {
        let is_late = due.elapsed() > TICK;
        yield_now().await;
        let ticks = if is_late { &mut self.elapsed.late } else { &mut self.elapsed.in_time };
        *ticks += 1;
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

    fn is_overdue(&self) -> bool {
        self.batches.front().is_some_and(|batch| {
            let Elapsed { in_time, late } = self.elapsed;
            in_time - batch.since.in_time >= TIMEOUT_TICKS.into()
                || late - batch.since.late >= MOST_LATE_TICKS.into()
        })
    }
}
