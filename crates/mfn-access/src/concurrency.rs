//! Concurrent calls of one key: permits that are acquired and given back.

use super::sync::{Arc, AtomicU32, Ordering};

/// How many calls of one key are open, of which there are never more than the limit
/// allows.
#[derive(Debug)]
pub struct ConcurrencyLimit {
    limit: AtomicU32,
    open: AtomicU32,
}

impl ConcurrencyLimit {
    /// At most `limit` at once; 0 means no limit.
    #[must_use]
    pub fn new(limit: u32) -> Self {
        Self { limit: AtomicU32::new(limit), open: AtomicU32::new(0) }
    }

    /// Changes the limit. Calls that are open stay so: under a lower limit, no
    /// permit is given until enough of them have ended.
    pub fn set_limit(&self, limit: u32) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// How many calls are open. Without a limit they are counted too.
    #[must_use]
    pub fn open(&self) -> u32 {
        self.open.load(Ordering::Relaxed)
    }

    /// Opens a call, which stays open until the [`ConcurrencyPermit`] is dropped.
    ///
    /// # Errors
    /// As many are open as may.
    pub fn acquire(this: &Arc<Self>) -> Result<ConcurrencyPermit, ConcurrencyExceeded> {
        let limit = match this.limit.load(Ordering::Relaxed) {
            0 => u32::MAX,
            limit => limit,
        };
        // Check and count are one step, or two callers could take the last permit. Who
        // takes it sees what its last holder did with it.
        this.open
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, |open| {
                (open < limit).then(|| open + 1)
            })
            .map(|_| ConcurrencyPermit(Arc::clone(this)))
            .map_err(|_| ConcurrencyExceeded)
    }
}

/// The permit of an open call. Dropping it gives it back: at the end of the call,
/// when it is cancelled, and when a panic unwinds through its holder.
///
/// It can be sent to the thread that computes, and must be, so that the call stays
/// open for as long as the computation runs.
#[derive(Debug)]
#[must_use = "the permit is given back when this is dropped"]
pub struct ConcurrencyPermit(Arc<ConcurrencyLimit>);

impl Drop for ConcurrencyPermit {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Release);
    }
}

/// The key has as many calls open as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this key has as many calls running as it may; call again when one has ended")]
pub struct ConcurrencyExceeded;
