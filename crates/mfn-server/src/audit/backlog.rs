//! What waits for the audit's writer, and whether its sink takes anything.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// Lines that may wait before calls do. Each call that is open then has a place
/// of its own beyond them, so the limits on connections and streams bound the
/// rest.
pub(crate) const MAX_WAITING: usize = 16 * 1024;
/// How long the sink may take nothing while as many lines wait as may.
const SINK_TIMEOUT: Duration = Duration::from_secs(2);

/// Shared by those who record calls, the writer, and who watches both.
#[derive(Debug)]
pub(super) struct Backlog {
    /// Lines that may wait before calls do.
    max_waiting: usize,
    /// How many lines.
    waiting: AtomicUsize,
    /// And of how many calls.
    calls: AtomicU64,
    /// Told when as many wait as may.
    filled: Notify,
    /// Told whenever the sink has taken something.
    shrunk: Notify,
    is_stalled: AtomicBool,
    /// Calls that were refused since the sink last took nothing.
    refused: AtomicU64,
    /// Whether the file is to be opened anew. It is beside the queue, because it
    /// may be what helps when the queue does not move.
    reopening: AtomicBool,
    /// Nobody waits for the writer any more.
    is_given_up: AtomicBool,
    /// Why the sink takes nothing, as far as it says so.
    fault: Mutex<Option<String>>,
}

impl Backlog {
    /// Nothing waits yet, and `max_waiting` lines may before calls do.
    pub(super) fn new(max_waiting: usize) -> Self {
        Self {
            max_waiting,
            waiting: AtomicUsize::new(0),
            calls: AtomicU64::new(0),
            filled: Notify::new(),
            shrunk: Notify::new(),
            is_stalled: AtomicBool::new(false),
            refused: AtomicU64::new(0),
            reopening: AtomicBool::new(false),
            is_given_up: AtomicBool::new(false),
            fault: Mutex::default(),
        }
    }

    /// A line more waits, of so many calls.
    pub(super) fn add(&self, calls: u64) {
        self.calls.fetch_add(calls, Ordering::Relaxed);
        if self.waiting.fetch_add(1, Ordering::Relaxed) + 1 >= self.max_waiting {
            self.filled.notify_one();
        }
    }

    /// The sink has taken something, and with it the ends of so many lines, of so
    /// many calls.
    pub(super) fn remove(&self, lines: usize, calls: u64) {
        self.waiting.fetch_sub(lines, Ordering::Relaxed);
        self.calls.fetch_sub(calls, Ordering::Relaxed);
        *self.fault() = None;
        self.shrunk.notify_waiters();
    }

    /// How many calls the lines that wait are of.
    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// How many lines wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Whether as many lines wait as may.
    pub(super) fn is_full(&self) -> bool {
        self.waiting() >= self.max_waiting
    }

    /// With so many lines or fewer, a sink that had taken nothing works again.
    fn few_waiting(&self) -> usize {
        self.max_waiting / 2
    }

    /// Whether the sink has taken nothing for too long.
    pub(super) fn is_stalled(&self) -> bool {
        self.is_stalled.load(Ordering::Relaxed)
    }

    /// A call is refused, since the sink takes nothing.
    pub(super) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// The sink has taken nothing, for this reason: whether it is a new one.
    pub(super) fn failed(&self, reason: &str) -> bool {
        let mut fault = self.fault();
        let is_new = fault.as_deref() != Some(reason);
        *fault = Some(reason.to_owned());
        is_new
    }

    /// Asks for the file to be opened anew.
    pub(super) fn reopen(&self) {
        self.reopening.store(true, Ordering::Relaxed);
    }

    /// Whether it is to be; it is not any more then.
    pub(super) fn take_reopening(&self) -> bool {
        self.reopening.swap(false, Ordering::Relaxed)
    }

    /// Tells the writer that nobody waits for it any more.
    pub(super) fn give_up(&self) {
        self.is_given_up.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.is_given_up.load(Ordering::Relaxed)
    }

    /// Waits until there is room, unless the sink has taken nothing for too long.
    pub(super) async fn has_room(&self) {
        while self.is_full() && !self.is_stalled() {
            let shrunk = self.shrunk.notified();
            if !self.is_full() || self.is_stalled() {
                return;
            }
            shrunk.await;
        }
    }

    /// Waits until the sink has taken nothing for too long while as many lines
    /// waited as may: why. From then on it is stalled.
    pub(super) async fn stalls(&self) -> String {
        loop {
            if !self.is_full() {
                self.filled.notified().await;
                continue;
            }
            let shrunk = self.shrunk.notified();
            if timeout(SINK_TIMEOUT, shrunk).await.is_err() && self.is_full() {
                break;
            }
        }
        self.is_stalled.store(true, Ordering::Relaxed);
        // Those who waited are to be told.
        self.shrunk.notify_waiters();
        self.fault().clone().unwrap_or_else(|| format!("it took nothing for {SINK_TIMEOUT:?}"))
    }

    /// Waits until few lines wait. From then on it is not stalled: how many calls
    /// were refused.
    pub(super) async fn recovers(&self) -> u64 {
        while self.waiting() > self.few_waiting() {
            let shrunk = self.shrunk.notified();
            if self.waiting() > self.few_waiting() {
                shrunk.await;
            }
        }
        self.is_stalled.store(false, Ordering::Relaxed);
        self.refused.swap(0, Ordering::Relaxed)
    }

    /// No panic can leave it half changed.
    fn fault(&self) -> MutexGuard<'_, Option<String>> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, advance};

    use super::*;

    const FEW_WAITING: usize = MAX_WAITING / 2;

    fn full() -> Backlog {
        let backlog = Backlog::new(MAX_WAITING);
        for _ in 0..MAX_WAITING {
            backlog.add(1);
        }
        backlog
    }

    // shows MFN-AUDIT-012
    #[tokio::test(start_paused = true)]
    async fn a_sink_that_takes_nothing_for_two_seconds_is_stalled_and_says_why() {
        let backlog = full();
        backlog.failed("the disk is full");
        let start = Instant::now();
        let ((), why) = tokio::join!(backlog.has_room(), backlog.stalls());
        assert_eq!(start.elapsed(), SINK_TIMEOUT);
        assert_eq!(why, "the disk is full");
        assert!(backlog.is_stalled());
    }

    // shows MFN-AUDIT-012
    #[tokio::test(start_paused = true)]
    async fn a_slow_sink_is_not_stalled_and_nor_is_one_with_room() {
        let backlog = full();
        let slow = async {
            for _ in 0..100 {
                advance(SINK_TIMEOUT.mul_f64(0.999)).await;
                backlog.remove(1, 1);
                backlog.add(1);
            }
            backlog.remove(1, 1);
            advance(100 * SINK_TIMEOUT).await;
        };
        tokio::select! {
            biased;
            why = backlog.stalls() => panic!("{why}"),
            () = slow => {}
        }
        assert!(!backlog.is_stalled());
    }

    // shows MFN-AUDIT-012
    #[tokio::test(start_paused = true)]
    async fn it_works_again_when_half_is_written_and_counts_those_who_were_refused() {
        let backlog = full();
        backlog.stalls().await;
        (0..7).for_each(|_| backlog.refuse());
        backlog.remove(FEW_WAITING - 1, FEW_WAITING as u64 - 1);
        let early = timeout(SINK_TIMEOUT, backlog.recovers()).await;
        assert!(early.is_err() && backlog.is_stalled());
        backlog.remove(1, 1);
        assert_eq!(backlog.recovers().await, 7);
        assert!(!backlog.is_stalled());
        backlog.has_room().await;
    }
}
