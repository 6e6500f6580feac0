//! How a server ends, step by step, as signals and the time ask for it.

use std::time::Duration;

use tokio::time::sleep;

use super::stop_signal::StopSignal;

/// What ends a server from outside.
pub(super) trait Signals {
    /// Waits for the first signal.
    async fn received(&mut self);
    /// Waits for a further one.
    async fn received_again(&mut self);
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Say that no more calls are to come, and take them all the same.
    Announce,
    /// Take no more calls, and finish those that are open.
    ShutDown,
    /// Give these up too.
    Abandon,
}

/// Has `take` do each step when it is time, until the last: the shutdown begins
/// `delay` after the first signal, or by the second; one more abandons the calls.
pub(super) async fn steps(signals: &mut impl Signals, delay: Duration, mut take: impl FnMut(Step)) {
    signals.received().await;
    if !delay.is_zero() {
        take(Step::Announce);
        tokio::select! {
            () = sleep(delay) => {}
            () = signals.received_again() => {}
        }
    }
    take(Step::ShutDown);
    signals.received_again().await;
    take(Step::Abandon);
}

impl Signals for StopSignal {
    async fn received(&mut self) {
        self.received().await;
    }

    async fn received_again(&mut self) {
        self.received_again().await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    /// Signals at these seconds, and none after them.
    struct At(Vec<u64>, Instant);

    impl Signals for At {
        async fn received(&mut self) {
            let Self(seconds, start) = self;
            let Some(second) = seconds.first() else { return std::future::pending().await };
            tokio::time::sleep_until(*start + Duration::from_secs(*second)).await;
            seconds.remove(0);
        }

        async fn received_again(&mut self) {
            self.received().await;
        }
    }

    /// Which steps are taken at which second.
    async fn taken(delay: u64, signals: &[u64]) -> Vec<(Step, u64)> {
        let start = Instant::now();
        let mut taken = Vec::new();
        let take = |step| taken.push((step, start.elapsed().as_secs()));
        let mut signals = At(signals.to_vec(), start);
        let all = steps(&mut signals, Duration::from_secs(delay), take);
        tokio::time::timeout(Duration::from_hours(1), all).await.ok();
        taken
    }

    // shows MFN-LIFE-008
    #[tokio::test(start_paused = true)]
    async fn without_a_delay_a_shutdown_begins_with_the_signal_and_a_second_one_ends_it() {
        assert_eq!(taken(0, &[]).await, []);
        assert_eq!(taken(0, &[1]).await, [(Step::ShutDown, 1)]);
        assert_eq!(taken(0, &[1, 3]).await, [(Step::ShutDown, 1), (Step::Abandon, 3)]);
    }

    // shows MFN-LIFE-008, MFN-LIFE-014
    #[tokio::test(start_paused = true)]
    async fn a_delay_passes_or_is_ended_by_a_signal_which_abandons_nothing() {
        use Step::{Abandon, Announce, ShutDown};
        assert_eq!(taken(10, &[1]).await, [(Announce, 1), (ShutDown, 11)]);
        assert_eq!(taken(10, &[1, 4]).await, [(Announce, 1), (ShutDown, 4)]);
        assert_eq!(taken(10, &[1, 4, 5]).await, [(Announce, 1), (ShutDown, 4), (Abandon, 5)]);
        assert_eq!(taken(10, &[1, 12]).await, [(Announce, 1), (ShutDown, 11), (Abandon, 12)]);
    }
}
