//! When a call is tried again. Nothing here waits or sends, and time and chance are
//! arguments.

use std::time::Duration;

use tokio::time::Instant;
use tonic::Code;

use crate::error::Error;

/// How often a call that failed for a passing reason is tried again, and after what wait.
///
/// Such reasons are: UNAVAILABLE; `RESOURCE_EXHAUSTED` if the server says when to come
/// back; and `DEADLINE_EXCEEDED` of an attempt, if attempts have a timeout of their own.
/// Where the server says when to come back, that is what is waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Attempts beside the first one. Default: 3.
    pub max_retries: u32,
    /// Longest wait before the first retry, which doubles with every further one. How
    /// much of it is waited is left to chance, so that callers who failed together do not
    /// come back together. Default: 1 s.
    pub backoff: Duration,
}

impl Retry {
    /// Every call is tried once.
    #[must_use]
    pub fn never() -> Self {
        Self { max_retries: 0, ..Self::default() }
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self { max_retries: 3, backoff: Duration::from_secs(1) }
    }
}

/// How long calls may take, and how often they are tried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) retry: Retry,
    /// Of a call with all its attempts.
    pub(crate) timeout: Option<Duration>,
    pub(crate) attempt_timeout: Option<Duration>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            retry: Retry::default(),
            timeout: Some(Duration::from_secs(30)),
            attempt_timeout: None,
        }
    }
}

/// The attempts of one call, within one deadline for all of them.
#[derive(Debug)]
pub(crate) struct Attempts {
    policy: Policy,
    /// How many servers there are to ask.
    endpoints: usize,
    deadline: Option<Instant>,
    failed: u32,
}

impl Attempts {
    /// Of a call that begins `now`.
    pub(crate) fn new(policy: Policy, endpoints: usize, now: Instant) -> Self {
        // A deadline beyond the end of time is none.
        let deadline = policy.timeout.and_then(|timeout| now.checked_add(timeout));
        Self { policy, endpoints, deadline, failed: 0 }
    }

    /// How long an attempt may take that begins `now`; `None` is without end.
    pub(crate) fn timeout(&self, now: Instant) -> Option<Duration> {
        let remaining = self.remaining(now);
        let bounds = [remaining, self.policy.attempt_timeout];
        bounds.into_iter().flatten().min()
    }

    /// How long to wait before another attempt, after one that failed with `error`.
    /// `chance` is from 0 to 1.
    ///
    /// # Errors
    /// There is to be no other attempt: then the error, which knows how many there were.
    pub(crate) fn delay_after(
        &mut self,
        error: Error,
        now: Instant,
        chance: f64,
    ) -> Result<Duration, Error> {
        self.failed += 1;
        if self.failed > self.policy.retry.max_retries || !self.is_passing(&error) {
            return Err(error.after(self.failed));
        }
        let delay = self.delay(&error, chance);
        // To wait for the deadline would only hide the error behind it.
        if self.remaining(now).is_some_and(|remaining| delay >= remaining) {
            return Err(error.after(self.failed));
        }
        Ok(delay)
    }

    /// How many there are with the one under way.
    pub(crate) fn made(&self) -> u32 {
        self.failed + 1
    }

    fn is_passing(&self, error: &Error) -> bool {
        error.may_be_retried()
            && match error.code() {
                Code::Unavailable => true,
                // Without a hint it may be a message that is too large, which no waiting
                // makes smaller.
                Code::ResourceExhausted => error.retry_after().is_some(),
                Code::DeadlineExceeded => self.policy.attempt_timeout.is_some(),
                _ => false,
            }
    }

    fn delay(&self, error: &Error, chance: f64) -> Duration {
        if let Some(hint) = error.retry_after() {
            return hint;
        }
        if error.code() == Code::Unavailable && (self.failed as usize) < self.endpoints {
            // Another server has not been asked yet.
            return Duration::ZERO;
        }
        let doublings = 1_u32.checked_shl(self.failed - 1).unwrap_or(u32::MAX);
        let longest = self.policy.retry.backoff.saturating_mul(doublings);
        Duration::try_from_secs_f64(longest.as_secs_f64() * chance).unwrap_or(longest)
    }

    fn remaining(&self, now: Instant) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(now))
    }
}
