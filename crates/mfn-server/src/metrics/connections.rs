//! What is counted of connections. They are few beside calls, so all threads share
//! the counters.

use std::sync::atomic::{AtomicU64, Ordering};

/// The counters.
#[derive(Debug, Default)]
pub(crate) struct ConnectionCounts {
    accepted: AtomicU64,
    too_many: AtomicU64,
    evicted: AtomicU64,
}

impl ConnectionCounts {
    /// A client has connected.
    pub(crate) fn accept(&self) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
    }

    /// A connection is closed at once, since as many are open as may.
    pub(crate) fn refuse(&self) {
        self.too_many.fetch_add(1, Ordering::Relaxed);
    }

    /// A connection without admitted calls is closed for another.
    pub(crate) fn evict(&self) {
        self.evicted.fetch_add(1, Ordering::Relaxed);
    }

    /// How many were accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// How many of them were not kept, by reason.
    pub(crate) fn refused(&self) -> [(&'static str, u64); 2] {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        [("too_many", count(&self.too_many)), ("evicted", count(&self.evicted))]
    }
}
