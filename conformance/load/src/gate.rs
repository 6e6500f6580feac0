//! Where streams ask whether they may call, and when the call was due.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::schedule::{self, Schedule};

/// Shortest and longest sleep of the pacer: what a thread wakes up late by
/// anyway, and how soon it sees that the gate has closed.
const NAP: Duration = Duration::from_micros(50);
const LONGEST_NAP: Duration = Duration::from_millis(50);

/// Lets calls through, of all threads.
#[derive(Debug)]
pub(super) struct Gate {
    start: Instant,
    /// What starts before is not counted.
    counted_from: Instant,
    /// When the last call may start, if there is such a time.
    end: Option<Instant>,
    ramp: Duration,
    closed: AtomicBool,
    pace: Pace,
}

#[derive(Debug)]
enum Pace {
    /// As soon as the stream is free. Counted calls that are left, if they are
    /// limited.
    Closed { left: Option<AtomicU64> },
    /// As soon as it is due.
    Open { schedule: Schedule, due: Semaphore, next: AtomicU64, all: Option<u64> },
}

/// What a call was let through with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// When it should have started; if there is nothing, as soon as it can.
    pub(super) due: Option<Instant>,
}

/// When the calls end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limit {
    /// After so long.
    Duration(Duration),
    /// After so many.
    Calls(u64),
}

impl Gate {
    /// A gate that is open from `start`. `rate` is that of an open loop, in calls
    /// a second; what is due within `warm_up` is not counted and adds to `limit`.
    pub(super) fn new(
        start: Instant,
        rate: Option<f64>,
        ramp: Duration,
        warm_up: Duration,
        limit: Limit,
    ) -> Self {
        let (end, calls) = match limit {
            Limit::Duration(duration) => (Some(start + warm_up + duration), None),
            Limit::Calls(calls) => (None, Some(calls)),
        };
        let pace = match rate {
            None => Pace::Closed { left: calls.map(AtomicU64::new) },
            Some(rate) => {
                let schedule = Schedule::new(rate, ramp);
                let before = warm_up.checked_sub(Duration::from_nanos(1));
                let uncounted = before.map_or(0, |before| schedule.due_by(before));
                Pace::Open {
                    schedule,
                    due: Semaphore::new(0),
                    next: AtomicU64::new(0),
                    all: calls.map(|calls| uncounted + calls),
                }
            }
        };
        let counted_from = start + warm_up;
        Self { start, counted_from, end, ramp, closed: AtomicBool::new(false), pace }
    }

    /// When counted calls begin.
    pub(super) fn counted_from(&self) -> Instant {
        self.counted_from
    }

    /// When stream `index` of `all` makes its first call.
    pub(super) fn first_call(&self, index: usize, all: usize) -> Instant {
        match self.pace {
            Pace::Closed { .. } => self.start + schedule::stream_start(index, all, self.ramp),
            Pace::Open { .. } => self.start,
        }
    }

    /// Waits until a call is due; nothing if there are no more.
    pub(super) async fn slot(&self) -> Option<Slot> {
        match &self.pace {
            Pace::Closed { left } => {
                let now = Instant::now();
                let over = self.end.is_some_and(|end| now >= end);
                if over || self.closed.load(Ordering::Relaxed) {
                    return None;
                }
                if let Some(left) = left.as_ref().filter(|_| now >= self.counted_from) {
                    let take = |left: u64| left.checked_sub(1);
                    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok()?;
                }
                Some(Slot { due: None })
            }
            Pace::Open { schedule, due, next, all } => {
                due.acquire().await.ok()?.forget();
                let n = next.fetch_add(1, Ordering::Relaxed);
                if all.is_some_and(|all| n + 1 >= all) {
                    due.close();
                }
                Some(Slot { due: Some(self.start + schedule.due(n)) })
            }
        }
    }

    /// Lets calls of an open loop through as they are due, until there are no
    /// more. It wants a thread of its own, since a runtime's timers count whole
    /// milliseconds.
    pub(super) fn pace(&self) {
        let Pace::Open { schedule, due, all, .. } = &self.pace else { return };
        let all = all.unwrap_or(u64::MAX);
        let mut let_through = 0;
        while let_through < all && !self.closed.load(Ordering::Relaxed) {
            let now = Instant::now();
            if self.end.is_some_and(|end| now >= end) {
                self.close();
                return;
            }
            let elapsed = now.saturating_duration_since(self.start);
            let due_by_now = schedule.due_by(elapsed).min(all);
            due.add_permits((due_by_now - let_through) as usize);
            let_through = due_by_now;
            let until_next = schedule.due(let_through).saturating_sub(elapsed);
            thread::sleep(until_next.clamp(NAP, LONGEST_NAP));
        }
    }

    /// Lets nobody through any more.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        if let Pace::Open { due, .. } = &self.pace {
            due.close();
        }
    }

    /// Calls that were due, and for which no stream was free.
    pub(super) fn not_started(&self) -> u64 {
        match &self.pace {
            Pace::Closed { .. } => 0,
            Pace::Open { due, .. } => due.available_permits() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn slots(gate: &Gate) -> Vec<Slot> {
        let mut slots = Vec::new();
        while let Some(slot) = gate.slot().await {
            slots.push(slot);
        }
        slots
    }

    #[tokio::test]
    async fn a_closed_loop_ends_after_its_calls_or_its_time() {
        let now = Instant::now();
        let gate = Gate::new(now, None, Duration::ZERO, Duration::ZERO, Limit::Calls(3));
        assert_eq!(slots(&gate).await.len(), 3);
        let over = Limit::Duration(Duration::ZERO);
        let gate = Gate::new(now, None, Duration::ZERO, Duration::ZERO, over);
        assert!(gate.slot().await.is_none());
    }

    #[tokio::test]
    async fn calls_of_the_warm_up_do_not_count() {
        let long = Duration::from_hours(1);
        let gate = Gate::new(Instant::now(), None, Duration::ZERO, long, Limit::Calls(3));
        for _ in 0..5 {
            assert!(gate.slot().await.is_some());
        }
        gate.close();
        assert!(gate.slot().await.is_none());
    }

    #[tokio::test]
    async fn an_open_loop_lets_each_call_through_with_its_time() {
        let start = Instant::now();
        let gate = Gate::new(start, Some(1000.0), Duration::ZERO, Duration::ZERO, Limit::Calls(4));
        gate.pace();
        let due: Vec<_> = slots(&gate).await.iter().filter_map(|slot| slot.due).collect();
        let expected = [0, 1, 2, 3].map(|n| start + Duration::from_millis(n));
        assert_eq!(due, expected);
        assert_eq!(gate.not_started(), 0);
    }

    #[tokio::test]
    async fn what_nobody_took_was_not_started() {
        let start = Instant::now().checked_sub(Duration::from_secs(1)).expect("it runs longer");
        let gate = Gate::new(start, Some(10.0), Duration::ZERO, Duration::ZERO, Limit::Calls(8));
        gate.pace();
        gate.slot().await.expect("eight are due");
        gate.close();
        assert!(gate.slot().await.is_none());
        assert_eq!(gate.not_started(), 7);
    }
}
