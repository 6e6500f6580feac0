//! Limits that this server shares with others, what it does while it cannot, and what it
//! counts of that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mfn_access::shared::{Question, SharedPermit, Unavailable, Verdict};
use mfn_access::{Authenticated, Key, SharedLimits};

use crate::config::{SharedLimitsConfig, SharedLimitsFallback};
use crate::error::Error;
use crate::metrics::{AtomicHistogram, Histogram};

/// See the module.
#[derive(Debug)]
pub(crate) struct Sharing {
    store: Arc<dyn SharedLimits>,
    fallback: SharedLimitsFallback,
    failures: [AtomicU64; Unavailable::ALL.len()],
    /// Of questions that were answered.
    round_trips: AtomicHistogram,
}

impl Sharing {
    pub(crate) fn new(config: &SharedLimitsConfig) -> Self {
        Self {
            store: Arc::clone(&config.store),
            fallback: config.fallback,
            failures: Default::default(),
            round_trips: AtomicHistogram::default(),
        }
    }

    /// Whether a call of `key`, signed with `once` if its signature is to serve one call,
    /// is admitted at `now`, on the clock that its rate is measured on. There is no permit
    /// for what is limited by nothing.
    ///
    /// # Errors
    /// It is refused.
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
            Ok(Verdict::SignatureUsed) => Err(Error::SignatureReplayed),
            Ok(Verdict::SignatureTooOld) => Err(Error::SignatureTooOld),
            Ok(Verdict::RateExceeded(exceeded)) => Err(Error::rate_exceeded(exceeded, key)),
            // Another server may have served the signature.
            Err(_) if once.is_some() || self.fallback == SharedLimitsFallback::Refuse => {
                Err(Error::LimitsUnavailable)
            }
            Err(_) => {
                key.admit(now()).map_err(|exceeded| Error::rate_exceeded(exceeded, key))?;
                Ok(Some(self.store.open_unasked(key.id())))
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

    /// Questions that were not answered, by reason.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = self.failures.iter().map(|count| count.load(Ordering::Relaxed));
        Unavailable::ALL.into_iter().map(Unavailable::name).zip(counts)
    }

    /// How long the others took.
    pub(crate) fn round_trips(&self) -> Histogram {
        let mut total = Histogram::default();
        self.round_trips.add_to(&mut total);
        total
    }
}
