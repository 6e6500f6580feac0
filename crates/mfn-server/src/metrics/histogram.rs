//! How long calls took.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the buckets but the last, which has none. They are those of
/// gRPC's proposal A66, thinned out.
pub(crate) const BUCKETS: [Duration; 21] = [
    Duration::from_micros(10),
    Duration::from_micros(25),
    Duration::from_micros(50),
    Duration::from_micros(100),
    Duration::from_micros(250),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2500),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(100),
];

/// The counters of one method, or of something else that takes time.
#[derive(Debug, Default)]
pub(crate) struct AtomicHistogram {
    counts: [AtomicU64; BUCKETS.len() + 1],
    /// In nanoseconds, of which there is room for centuries.
    sum: AtomicU64,
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Histogram {
    /// Calls in each bucket alone, not in those below it.
    pub(crate) counts: [u64; BUCKETS.len() + 1],
    pub(crate) sum: Duration,
}

impl AtomicHistogram {
    /// Counts a call that took so long. A bound belongs to the bucket below it.
    pub(crate) fn observe(&self, duration: Duration) {
        let bucket = BUCKETS.partition_point(|bound| *bound < duration);
        self.sum.fetch_add(duration.as_nanos() as u64, Ordering::Relaxed);
        // Who reads this one sees what was counted of the call before.
        self.counts[bucket].fetch_add(1, Ordering::Release);
    }

    pub(crate) fn add_to(&self, total: &mut Histogram) {
        for (count, total) in self.counts.iter().zip(&mut total.counts) {
            *total += count.load(Ordering::Acquire);
        }
        total.sum += Duration::from_nanos(self.sum.load(Ordering::Relaxed));
    }
}

impl Histogram {
    /// Calls in all buckets.
    pub(crate) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}
