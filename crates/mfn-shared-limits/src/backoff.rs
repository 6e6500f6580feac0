//! When the next attempt to connect is made, and what is logged of the attempts.

use std::time::Duration;

use tokio::time::Instant;

/// The first wait, after a connection that has not lasted; each is twice the last.
const FIRST: Duration = Duration::from_millis(100);
/// The longest wait, and so how long a store that is there again goes unused at most,
/// with what it takes to connect.
const LONGEST: Duration = Duration::from_secs(1);
/// A connection that has lasted so long was a good one.
const LASTED: Duration = Duration::from_secs(1);
/// How long one line of the log keeps back the next.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    delay: Duration,
    /// When the store was lost, if it cannot be asked at present.
    away: Option<Instant>,
    /// When the last line was logged that the store is lost.
    logged: Option<Instant>,
    /// Whether that line is about the present loss.
    is_logged: bool,
}

impl Backoff {
    /// How long to wait before the next attempt.
    pub(crate) fn delay(&self) -> Duration {
        self.delay
    }

    /// There is a connection.
    pub(crate) fn succeeded(&mut self) {
        let away = self.away.take().map(|since| since.elapsed());
        match away {
            None => tracing::info!("a store counts the limits of all replicas"),
            Some(away) if self.is_logged => {
                tracing::info!(?away, "the store of shared limits answers again");
            }
            Some(_) => {}
        }
        self.is_logged = false;
    }

    /// There is no connection, or no longer: the last one has `lasted` so long.
    pub(crate) fn failed(&mut self, lasted: Duration, why: &str) {
        self.delay = match self.delay {
            _ if lasted >= LASTED => Duration::ZERO,
            Duration::ZERO => FIRST,
            delay => (delay * 2).min(LONGEST),
        };
        let now = Instant::now();
        self.away.get_or_insert(now);
        if !self.is_logged && self.logged.is_none_or(|line| now - line >= LINE_INTERVAL) {
            self.is_logged = true;
            self.logged = Some(now);
            tracing::warn!("the store of shared limits cannot be asked, and is tried again: {why}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_second_and_begin_anew_after_a_connection_that_lasted() {
        let mut backoff = Backoff::default();
        let mut waits = Vec::new();
        for lasted in [0, 0, 0, 0, 0, 0, 1, 0] {
            waits.push(backoff.delay().as_millis());
            backoff.failed(Duration::from_secs(lasted), "a test");
        }
        assert_eq!(waits, [0, 100, 200, 400, 800, 1000, 1000, 0]);
    }
}
