//! Limits that this server shares with others, and what holds while they cannot be shared.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mfn_access::shared::{Question, SharedPermit, Unavailable, Verdict};
use mfn_access::{Authenticated, Key, SharedLimits};
use tokio::time::Instant;

use crate::config::{SharedLimitsConfig, SharedLimitsFallback};
use crate::error::Error;
use crate::metrics::{AtomicHistogram, Histogram};

/// See the module.
#[derive(Debug)]
pub(crate) struct SharedLimiter {
    store: Arc<dyn SharedLimits>,
    fallback: SharedLimitsFallback,
    failures: [AtomicU64; Unavailable::ALL.len()],
    /// How long the questions that were answered took.
    round_trips: AtomicHistogram,
}

impl SharedLimiter {
    pub(crate) fn new(config: &SharedLimitsConfig) -> Self {
        Self {
            store: Arc::clone(&config.store),
            fallback: config.fallback,
            failures: Default::default(),
            round_trips: AtomicHistogram::default(),
        }
    }

    /// Admits a call of `key`, signed with `once` if its signature is to serve one call. The
    /// time by the clock that rates are measured on is `now`. There is no permit for a call
    /// that nobody counts.
    ///
    /// # Errors
    /// The call is refused.
    pub(crate) async fn admit(
        &self,
        key: &Key,
        once: Option<&Authenticated>,
        now: impl Fn() -> Duration,
    ) -> Result<Option<SharedPermit>, Error> {
        let question = Question::new(key, once.map(Authenticated::single_use));
        if !question.limits_anything() {
            return Ok(None);
        }
        match self.ask(question).await {
            Ok(Verdict::Admitted(permit)) => {
                // This server's own window goes on with it when nobody can be asked.
                key.admit(now()).ok();
                Ok(Some(permit))
            }
            Ok(Verdict::ConcurrencyExceeded) => Err(Error::too_many_at_once(key)),
            Ok(Verdict::NotOnce(not_once)) => Err(Error::not_once(not_once, key)),
            Ok(Verdict::SignatureTooOld) => Err(Error::SignatureTooOld),
            Ok(Verdict::RateExceeded(exceeded)) => Err(Error::rate_exceeded(exceeded, key)),
            // Another server may have served the signature.
            Err(_) if once.is_some() || self.fallback == SharedLimitsFallback::Refuse => {
                Err(Error::LimitsUnavailable)
            }
            Err(_) => {
                key.admit(now()).map_err(|exceeded| Error::rate_exceeded(exceeded, key))?;
                // The store counts no open calls of a key that may have any number of them.
                let is_counted = key.limits().concurrent > 0;
                Ok(is_counted.then(|| self.store.open_unasked(key.id())))
            }
        }
    }

    async fn ask(&self, question: Question) -> Result<Verdict, Unavailable> {
        let start = Instant::now();
        let verdict = self.store.admit(question).await;
        match &verdict {
            Ok(_) => self.round_trips.observe(start.elapsed()),
            Err(reason) => {
                self.failures[*reason as usize].fetch_add(1, Ordering::Relaxed);
            }
        }
        verdict
    }

    /// Whether limits are shared at present.
    pub(crate) fn is_available(&self) -> bool {
        self.store.is_available()
    }

    /// How many questions had no answer, by reason.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = self.failures.iter().map(|count| count.load(Ordering::Relaxed));
        Unavailable::ALL.into_iter().map(Unavailable::name).zip(counts)
    }

    /// How long the questions that were answered took.
    pub(crate) fn round_trips(&self) -> Histogram {
        let mut total = Histogram::default();
        self.round_trips.add_to(&mut total);
        total
    }
}
