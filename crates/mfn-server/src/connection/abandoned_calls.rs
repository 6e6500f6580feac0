//! Counts the calls that a client abandons before they are answered, and forgets them
//! with time.
//!
//! To begin calls and reset them at once costs a client nothing, and none of its
//! streams counts as open (CVE-2023-44487). A client that cancels all its calls now
//! and then does nothing wrong, nor does one that resets what is answered already.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

/// Calls that a client may abandon in a second, for however long, are as many as it may
/// have streams open, and no fewer than these.
const FEWEST_A_SECOND: u32 = 1000;
/// So many times as many may come at once.
const SECONDS_AT_ONCE: u32 = 4;

/// How many there have been.
#[derive(Clone, Debug)]
pub(super) struct AbandonedCalls {
    a_second: f64,
    level: Arc<Mutex<Level>>,
}

/// A leaky bucket.
#[derive(Debug)]
struct Level {
    calls: f64,
    since: Instant,
}

impl AbandonedCalls {
    /// None so far, of a client that may have `max_streams`.
    pub(super) fn new(max_streams: u32) -> Self {
        let level = Level { calls: 0.0, since: Instant::now() };
        let a_second = f64::from(max_streams.max(FEWEST_A_SECOND));
        Self { a_second, level: Arc::new(Mutex::new(level)) }
    }

    /// There is one more.
    pub(super) fn count(&self) {
        let now = Instant::now();
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let forgotten = now.duration_since(level.since).as_secs_f64() * self.a_second;
        *level = Level { calls: (level.calls - forgotten).max(0.0) + 1.0, since: now };
    }

    /// Whether there are more than of an honest client.
    pub(super) fn are_too_many(&self) -> bool {
        let most = self.a_second * f64::from(SECONDS_AT_ONCE);
        self.level.lock().unwrap_or_else(PoisonError::into_inner).calls > most
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_cancels_a_thousand_calls_every_second_goes_on() {
        let calls = AbandonedCalls::new(100);
        for _ in 0..100 {
            for _ in 0..1000 {
                calls.count();
            }
            assert!(!calls.are_too_many());
            tokio::time::advance(Duration::from_secs(1)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn four_thousand_at_once_are_forgotten_within_four_seconds_and_more_are_too_many() {
        let calls = AbandonedCalls::new(100);
        for _ in 0..2 {
            for _ in 0..4000 {
                calls.count();
            }
            assert!(!calls.are_too_many());
            tokio::time::advance(Duration::from_secs(4)).await;
        }
        for _ in 0..=4000 {
            calls.count();
        }
        assert!(calls.are_too_many());
    }
}
