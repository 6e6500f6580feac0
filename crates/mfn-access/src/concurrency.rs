//! Concurrent calls of one key: places that are taken and given back.

use std::fmt;

use super::sync::{Arc, AtomicU32, Ordering};

/// The places of one key, of which never more are taken than the limit allows.
#[derive(Debug)]
pub struct Places {
    limit: AtomicU32,
    taken: AtomicU32,
}

impl Places {
    /// `limit` free places; 0 means no limit.
    #[must_use]
    pub fn new(limit: u32) -> Self {
        Self { limit: AtomicU32::new(limit), taken: AtomicU32::new(0) }
    }

    /// Changes the limit. Places that are taken stay so: under a lower limit,
    /// none is given until enough have been given back.
    pub fn set_limit(&self, limit: u32) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// How many places are taken. Without a limit they are counted too.
    #[must_use]
    pub fn taken(&self) -> u32 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Takes a place, which is held until the [`Place`] is dropped.
    ///
    /// # Errors
    /// If all are taken.
    pub fn take(places: &Arc<Self>) -> Result<Place, NoPlace> {
        let limit = match places.limit.load(Ordering::Relaxed) {
            0 => u32::MAX,
            limit => limit,
        };
        // Check and count are one step, or two callers could take the last
        // place. Who takes it sees what its last holder did in it.
        places
            .taken
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, |taken| {
                (taken < limit).then(|| taken + 1)
            })
            .map(|_| Place(Arc::clone(places)))
            .map_err(|_| NoPlace)
    }
}

/// A place that is taken. Dropping it gives it back: at the end of a call, when
/// it is cancelled, and when a panic unwinds through its holder.
///
/// It can be sent to the thread that computes, and must be, so that the place
/// stays taken for as long as the computation runs.
#[derive(Debug)]
#[must_use = "the place is given back when this is dropped"]
pub struct Place(Arc<Places>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Release);
    }
}

/// All places of the key are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPlace;

impl fmt::Display for NoPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this key has as many calls running as it may; call again when one has ended")
    }
}

impl std::error::Error for NoPlace {}
