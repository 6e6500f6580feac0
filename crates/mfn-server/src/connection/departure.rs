//! When a connection is asked to go, and when it is closed.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::abandoned_calls::AbandonedCalls;
use super::sent_resets::SentResets;
use crate::config::Config;
use crate::eviction::Candidate;
use crate::log_limit::limited;
use crate::shutdown::Phases;

/// A connection's age is limited up to a tenth more or less, so that those that
/// came together do not all come again together.
const AGE_JITTER: f64 = 0.1;
/// How long a connection may be without a call if none was ever admitted, where
/// there are keys.
const MAX_TIME_WITHOUT_CALL: Duration = Duration::from_mins(1);
/// Resets for errors of the peer after which a connection is asked to go. They
/// leave enough of `MAX_LOCAL_ERROR_RESET_STREAMS` for what is under way.
const MAX_SENT_RESETS: usize = 1024;

/// How long connections may stay.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stay {
    max_age: Option<Duration>,
    max_time_without_call: Option<Duration>,
    grace: Duration,
}

impl Stay {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            max_age: config.max_connection_age,
            max_time_without_call: (!config.keys.is_empty()).then_some(MAX_TIME_WITHOUT_CALL),
            grace: config.shutdown_grace,
        }
    }
}

/// What is to be done with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Ask the peer to make no more calls on it, and finish those there are.
    Ask(&'static str),
    /// Ask, and close it at once: another needs its place.
    Evict,
    /// Tell it to calm down, and close it at once.
    SendAway,
    /// Close it.
    Close(&'static str),
}

/// Says when a connection is to go.
#[derive(Debug)]
pub(super) struct Departure {
    peer: SocketAddr,
    phases: Phases,
    connection: Arc<Candidate>,
    sent_resets: SentResets,
    abandoned_calls: AbandonedCalls,
    stay: Stay,
    is_draining: bool,
    has_many_resets: bool,
    is_old_at: Option<Instant>,
    may_be_idle_at: Option<Instant>,
    close_at: Option<Instant>,
}

impl Departure {
    /// Of a `connection` from `peer` that begins now.
    pub(super) fn new(
        peer: SocketAddr,
        phases: Phases,
        connection: Arc<Candidate>,
        (sent_resets, abandoned_calls): (SentResets, AbandonedCalls),
        stay: Stay,
    ) -> Self {
        let now = Instant::now();
        Self {
            peer,
            phases,
            connection,
            sent_resets,
            abandoned_calls,
            stay,
            is_draining: false,
            has_many_resets: false,
            is_old_at: stay.max_age.map(|age| now + age.mul_f64(jitter())),
            may_be_idle_at: stay.max_time_without_call.map(|time| now + time),
            close_at: None,
        }
    }

    /// Waits for the next step.
    pub(super) async fn next(&mut self) -> Step {
        loop {
            let timer = [self.is_old_at, self.may_be_idle_at, self.close_at];
            let timer = timer.into_iter().flatten().min();
            tokio::select! {
                biased;
                () = self.phases.closing.cancelled() => return Step::Close("the server ends"),
                () = self.phases.draining.cancelled(), if !self.is_draining => {
                    self.is_draining = true;
                    // The shutdown has its own end.
                    (self.is_old_at, self.may_be_idle_at, self.close_at) = (None, None, None);
                    return Step::Ask("the server shuts down");
                }
                () = self.connection.evicted() => return Step::Evict,
                () = until_true(|| self.abandoned_calls.are_too_many()) => {
                    let peer = self.peer;
                    limited!(WARN, "closed: a client begins calls and resets them, one after the other", %peer);
                    return Step::SendAway;
                }
                () = until_true(|| self.sent_resets.count() >= MAX_SENT_RESETS), if !self.has_many_resets => {
                    // Its calls may be honest, and go on for as long as they take.
                    self.has_many_resets = true;
                    let peer = self.peer;
                    limited!(WARN, "a client makes error after error: malformed requests, or ones with an authority that is no host", %peer);
                    return Step::Ask("its streams were reset for many errors");
                }
                () = until(timer) => {
                    if let Some(step) = self.timed(Instant::now()) {
                        return step;
                    }
                }
            }
        }
    }

    /// What is to be done at this time, if anything.
    fn timed(&mut self, now: Instant) -> Option<Step> {
        let is_past = |time: Option<Instant>| time.is_some_and(|time| time <= now);
        if is_past(self.close_at) {
            return Some(Step::Close("its calls went on for too long after it was asked to go"));
        }
        let reason = if is_past(self.is_old_at) {
            "it is old"
        } else if is_past(self.may_be_idle_at) && self.is_idle(now) {
            "no call on it was admitted for too long"
        } else {
            return None;
        };
        (self.is_old_at, self.may_be_idle_at) = (None, None);
        self.close_at = Some(now + self.stay.grace);
        Some(Step::Ask(reason))
    }

    /// Whether it has been without a call for too long. If not, it says when to
    /// look again.
    fn is_idle(&mut self, now: Instant) -> bool {
        let since = self.connection.without_call_since();
        self.may_be_idle_at = since.zip(self.stay.max_time_without_call).map(|(s, max)| s + max);
        self.may_be_idle_at.is_some_and(|time| time <= now)
    }
}

/// Waits until there are many of what is counted by the task that waits: so it looks
/// again whenever there are more.
async fn until_true(are_many: impl Fn() -> bool) {
    std::future::poll_fn(|_| {
        if are_many() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

/// Waits until then, or for ever.
async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

fn jitter() -> f64 {
    1.0 + AGE_JITTER * (2.0 * fastrand::f64() - 1.0)
}
