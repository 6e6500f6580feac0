//! The clock of a connection's transport.
//!
//! The transport asks for the time with every frame that it reads, to know when it
//! last heard of the peer. For that the time at which the connection was last driven
//! is near enough, and the system is asked for it once for all frames of a portion.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::rt::{Sleep, Timer};
use hyper_util::rt::TokioTimer;
use tokio::time::Instant;

/// Tells the transport of one connection when that was last driven.
#[derive(Clone, Debug)]
pub(super) struct DriveTimer {
    begun: Instant,
    /// Nanoseconds from then until the connection was last driven.
    driven_after: Arc<AtomicU64>,
}

impl DriveTimer {
    /// Of a connection that begins now.
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), driven_after: Arc::default() }
    }

    /// The connection is driven now.
    pub(super) fn is_driven(&self) {
        let nanos = u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.driven_after.store(nanos, Ordering::Relaxed);
    }
}

impl Timer for DriveTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        TokioTimer::new().sleep(duration)
    }

    fn sleep_until(&self, deadline: std::time::Instant) -> Pin<Box<dyn Sleep>> {
        TokioTimer::new().sleep_until(deadline)
    }

    fn now(&self) -> std::time::Instant {
        let nanos = self.driven_after.load(Ordering::Relaxed);
        (self.begun + Duration::from_nanos(nanos)).into_std()
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn Sleep>>, new_deadline: std::time::Instant) {
        TokioTimer::new().reset(sleep, new_deadline);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_time_is_that_at_which_the_connection_was_last_driven() {
        let timer = DriveTimer::new();
        let start = timer.now();
        let second = Duration::from_secs(1);
        tokio::time::advance(second).await;
        assert_eq!(timer.now(), start);
        timer.is_driven();
        tokio::time::advance(second).await;
        assert_eq!(timer.now(), start + second);
        timer.sleep_until(timer.now() + 3 * second).await;
        timer.is_driven();
        assert_eq!((timer.now() - start).as_secs(), 4, "sleep is measured by the system's clock");
    }
}
