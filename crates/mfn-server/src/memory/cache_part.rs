//! The part of the budget for answers that are kept for others.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{LARGEST_CALL_BYTES, small_part};

/// How much a cache may hold. It makes way for connections and their streams: beside all
/// of these, the largest call has as much room as without a cache.
pub(super) struct CachePart {
    /// What it may hold where there is room, by the settings.
    most: usize,
    /// What connections and their streams share with it.
    shared: usize,
    bytes: AtomicUsize,
    on_less: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl CachePart {
    /// Of a budget of `total` bytes, in which there is nothing yet.
    pub(super) fn new(total: usize, most: usize) -> Self {
        let of_calls = 2 * small_part(total) + LARGEST_CALL_BYTES;
        let shared = total.saturating_sub(of_calls);
        Self { most, shared, bytes: AtomicUsize::new(most.min(shared)), on_less: OnceLock::new() }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Connections and their streams hold `standing` bytes. Returns whether the cache has
    /// to hold less than before. Who calls this must have the lock of the budget.
    pub(super) fn fit_beside(&self, standing: usize) -> bool {
        let bytes = self.most.min(self.shared.saturating_sub(standing));
        bytes < self.bytes.swap(bytes, Ordering::Relaxed)
    }

    pub(super) fn on_less(&self, shrink: impl Fn() + Send + Sync + 'static) {
        self.on_less.set(Box::new(shrink)).ok();
    }

    /// Tells the cache to hold less. It may take locks of its own.
    pub(super) fn tell(&self) {
        if let Some(shrink) = self.on_less.get() {
            shrink();
        }
    }
}

impl fmt::Debug for CachePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachePart").field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}
