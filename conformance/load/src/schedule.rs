//! When calls are due in an open loop.

use std::time::Duration;

/// So many calls a second, after a linear rise from none.
///
/// With rate `r` and a rise of `T`, call `n` is due at `sqrt(2 n T / r)` while
/// `n < r T / 2`, which is `T`, and every `1 / r` from then on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    /// Calls a second.
    rate: f64,
    /// Length of the rise, in seconds.
    ramp: f64,
}

impl Schedule {
    /// `rate` is in calls a second, above 0.
    pub(super) fn new(rate: f64, ramp: Duration) -> Self {
        Self { rate, ramp: ramp.as_secs_f64() }
    }

    /// When call `n` is due, counted from 0, after the start.
    pub(super) fn due(&self, n: u64) -> Duration {
        let n = n as f64;
        let of_ramp = self.calls_of_ramp();
        Duration::from_secs_f64(if n < of_ramp {
            (2.0 * n * self.ramp / self.rate).sqrt()
        } else {
            self.ramp + (n - of_ramp) / self.rate
        })
    }

    /// Calls that are due by `elapsed` after the start: one at the start itself.
    pub(super) fn due_by(&self, elapsed: Duration) -> u64 {
        let elapsed = elapsed.as_secs_f64();
        let calls = if elapsed < self.ramp {
            self.rate * elapsed * elapsed / (2.0 * self.ramp)
        } else {
            self.calls_of_ramp() + (elapsed - self.ramp) * self.rate
        };
        calls as u64 + 1
    }

    fn calls_of_ramp(&self) -> f64 {
        self.rate * self.ramp / 2.0
    }
}

/// When stream `index` of `all` begins in a closed loop, after the start: one
/// after the other, evenly over the rise.
pub(super) fn stream_start(index: usize, all: usize, ramp: Duration) -> Duration {
    ramp.mul_f64(index as f64 / all.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn without_a_ramp_calls_are_evenly_apart() {
        let schedule = Schedule::new(4.0, Duration::ZERO);
        let due: Vec<_> = (0..5).map(|n| schedule.due(n).as_millis()).collect();
        assert_eq!(due, [0, 250, 500, 750, 1000]);
        assert_eq!(schedule.due_by(Duration::ZERO), 1);
        assert_eq!(schedule.due_by(Duration::from_millis(249)), 1);
        assert_eq!(schedule.due_by(SECOND), 5);
    }

    #[test]
    fn a_ramp_rises_from_none_and_has_half_the_calls() {
        let schedule = Schedule::new(100.0, 2 * SECOND);
        assert_eq!(schedule.due_by(2 * SECOND), 101);
        assert_eq!(schedule.due_by(SECOND), 26, "a quarter of them in its first half");
        assert_eq!(schedule.due(100), 2 * SECOND);
        assert_eq!(schedule.due(25), SECOND);
        assert_eq!(schedule.due(101), 2 * SECOND + Duration::from_millis(10));
    }

    #[test]
    fn the_two_directions_agree_and_the_order_is_kept() {
        for (rate, ramp) in [(7.0, Duration::ZERO), (333.0, 3 * SECOND), (1e6, SECOND / 10)] {
            let schedule = Schedule::new(rate, ramp);
            for n in 1..3000 {
                let due = schedule.due(n);
                assert!(due > schedule.due(n - 1), "call {n} at {rate}");
                let soon_after = due + Duration::from_nanos(100);
                assert_eq!(schedule.due_by(soon_after), n + 1, "call {n} at {rate}");
            }
        }
    }

    #[test]
    fn streams_begin_evenly_over_the_ramp() {
        let starts = [0, 1, 2, 3].map(|index| stream_start(index, 4, 2 * SECOND).as_millis());
        assert_eq!(starts, [0, 500, 1000, 1500]);
        assert_eq!(stream_start(3, 4, Duration::ZERO), Duration::ZERO);
    }
}
