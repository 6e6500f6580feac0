//! The rate of one key: an exact sliding window over the last second.

use std::collections::VecDeque;
use std::time::Duration;

/// The largest limit in calls a second. It bounds what one key can make a
/// server remember, which is 8 bytes a call.
pub const MAX_RPS: u32 = 1_000_000;

const SECOND: u64 = 1_000_000_000;
/// What the first admission makes room for.
const FIRST_CAPACITY: usize = 16;

/// Admits at most `limit` calls in any interval (t - 1 s, t], and refuses none
/// while fewer than that were admitted in the second before it.
///
/// It remembers when the last `limit` calls at most were admitted. One of them
/// alone decides: the next call is admitted when the one that came `limit` calls
/// before it is a second ago. So a call costs O(1), and the memory is bounded by
/// 8 bytes times the limit, grown only as calls come. It is kept once grown, so
/// that a steady caller does not allocate.
#[derive(Debug)]
pub struct SlidingWindow {
    limit: usize,
    /// Nanoseconds, oldest first. Not more than `limit` of them, but for a second
    /// after the limit was lowered.
    admissions: VecDeque<u64>,
}

impl SlidingWindow {
    /// A window of `limit` calls a second; 0 means no limit.
    #[must_use]
    pub fn new(limit: u32) -> Self {
        Self { limit: limit as usize, admissions: VecDeque::new() }
    }

    /// Changes the limit. The calls of the last second stay counted, as far as
    /// the old limit had them counted.
    pub fn set_limit(&mut self, limit: u32) {
        self.limit = limit as usize;
    }

    /// Admits a call at `now`, on any clock that never goes back.
    ///
    /// A time before the last admission is taken as that admission's: callers
    /// read the clock before they are let in here one at a time.
    ///
    /// # Errors
    /// If the limit is reached; nothing is charged then.
    pub fn admit(&mut self, now: Duration) -> Result<(), RateExceeded> {
        if self.limit == 0 {
            return Ok(());
        }
        let newest = self.admissions.back().copied().unwrap_or_default();
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX).max(newest);
        self.forget_before(now);
        // The oldest of the `limit` newest, if there are as many.
        let before = self.admissions.len().checked_sub(self.limit);
        let decisive = before.map(|index| now - self.admissions[index]);
        if let Some(ago) = decisive.filter(|ago| *ago < SECOND) {
            return Err(RateExceeded { wait: Duration::from_nanos(SECOND - ago) });
        }
        self.make_room();
        self.admissions.push_back(now);
        Ok(())
    }

    /// How many admissions there is room for without allocating.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.admissions.capacity()
    }

    /// Forgets what is a second ago: all at once after a pause, else two a
    /// call, which is one more than a call adds.
    fn forget_before(&mut self, now: u64) {
        let is_past = |admission: &u64| now - admission >= SECOND;
        if self.admissions.back().is_some_and(is_past) {
            self.admissions.clear();
            self.admissions.shrink_to(self.limit);
        }
        for _ in 0..2 {
            if self.admissions.front().is_some_and(is_past) {
                self.admissions.pop_front();
            }
        }
    }

    /// Doubles like any vector, but not beyond the limit.
    fn make_room(&mut self) {
        let len = self.admissions.len();
        if len == self.admissions.capacity() {
            let most = self.limit.max(len + 1);
            let capacity = (len * 2).max(FIRST_CAPACITY).min(most);
            self.admissions.reserve_exact(capacity - len);
        }
    }
}

/// The key's calls of the last second have reached its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rate limit of this key is reached; call again in {wait:?}")]
pub struct RateExceeded {
    /// After how long one call would be admitted, if no other came before it.
    /// Never zero, and never more than a second.
    pub wait: Duration,
}
