//! Why calls failed: the reasons of `spec/errors.md` and of the audit.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::REASONS;

/// The counters of one network thread, by the numbers of [`REASONS`].
#[derive(Debug, Default)]
pub(super) struct ReasonCounts([AtomicU64; REASONS.len()]);

impl ReasonCounts {
    /// Counts a call that failed for `reason`, which is one of [`REASONS`].
    pub(super) fn count(&self, reason: &str) {
        if let Some(number) = REASONS.iter().position(|known| *known == reason) {
            self.0[number].fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn add_to(&self, totals: &mut [u64; REASONS.len()]) {
        for (count, total) in self.0.iter().zip(totals) {
            *total += count.load(Ordering::Relaxed);
        }
    }
}
