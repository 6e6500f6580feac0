//! The time of day. Somebody may set it to any other at any moment, so nothing is measured
//! by it: durations, rates and deadlines are measured by tokio's clock, which a test can
//! pause. The time of day is read here alone, so that a test can have it show what it likes.

use std::time::{Duration, SystemTime};

/// What the clock of the wall shows, since 1970. One that is set before 1970 says 1970.
pub(crate) fn since_epoch() -> Duration {
    now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// What the clock of the wall shows.
pub(crate) fn now() -> SystemTime {
    #[cfg(test)]
    if let Some(shown) = simulated::shown() {
        return shown;
    }
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    SystemTime::now()
}

/// A clock of the wall that a test sets. It goes on with tokio's clock, which the test
/// pauses.
#[cfg(test)]
pub(crate) mod simulated {
    use std::cell::Cell;
    use std::pin::pin;
    use std::task::{Context, Waker};
    use std::time::{Duration, SystemTime};

    use tokio::time::{Instant, advance};

    thread_local! {
        /// What this thread's clock was set to, and when.
        static SET: Cell<Option<(SystemTime, Instant)>> = const { Cell::new(None) };
        /// How long this thread is kept from its clock each time that it looks.
        static KEPT_FROM_IT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    }

    /// Sets this thread's clock.
    pub(crate) fn set(time: SystemTime) {
        SET.set(Some((time, Instant::now())));
    }

    /// From now on so much time passes before this thread reads its clock, as on a machine
    /// that has other work.
    pub(crate) fn keep_from_it(time: Duration) {
        KEPT_FROM_IT.set(time);
    }

    /// What this thread's clock shows, if it was set.
    pub(super) fn shown() -> Option<SystemTime> {
        let (time, at) = SET.get()?;
        if !KEPT_FROM_IT.get().is_zero() {
            // It is advanced at the first look at this future.
            let _ = pin!(advance(KEPT_FROM_IT.get())).poll(&mut Context::from_waker(Waker::noop()));
        }
        time.checked_add(at.elapsed())
    }
}
