//! A part of the cache, with a lock of its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use lru::LruCache;

use super::{CacheCounts, Key};
use crate::encoded::EncodedAnswer;

/// What an entry takes beside the bytes of its answer: its key, its places in the list
/// and in the table, which may be half empty, and what the allocator rounds up.
pub(super) const ENTRY_BYTES: usize = 256;
/// The same of each piece of an answer.
const PIECE_BYTES: usize = 96;
/// Answers that make way without others having the lock in between. For one of several
/// MiB it can be tens of thousands.
const EVICTED_AT_ONCE: usize = 32;

/// See the module. It has cache lines of its own, so that threads which use other
/// shards do not wait for them.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Shard {
    answers: Mutex<Answers>,
    hits: AtomicU64,
    misses: AtomicU64,
    evictions: AtomicU64,
}

#[derive(Debug)]
struct Answers {
    by_key: LruCache<Key, EncodedAnswer>,
    /// What they take together.
    bytes: usize,
}

impl Default for Shard {
    fn default() -> Self {
        let answers = Answers { by_key: LruCache::unbounded(), bytes: 0 };
        Self {
            answers: Mutex::new(answers),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            evictions: AtomicU64::new(0),
        }
    }
}

impl Shard {
    /// The answer to what `key` asks, if it `can_be_given`, which is asked without the
    /// lock. It is the last to make way from then on.
    pub(super) fn get(
        &self,
        key: &Key,
        can_be_given: impl FnOnce(&EncodedAnswer) -> bool,
    ) -> Option<EncodedAnswer> {
        let known = self.answers().by_key.get(key).cloned();
        let given = known.filter(can_be_given);
        let count = if given.is_some() { &self.hits } else { &self.misses };
        count.fetch_add(1, Ordering::Relaxed);
        given
    }

    /// Keeps `answer`, and forgets others until it has room within the limit, if it has
    /// any.
    pub(super) fn put(&self, key: Key, answer: EncodedAnswer, limit: impl Fn() -> usize) {
        let needed = taken_by(&answer);
        // What is dropped, is dropped without the lock.
        let replaced = loop {
            let mut answers = self.answers();
            let Some(most_beside) = limit().checked_sub(needed) else { return };
            if answers.bytes <= most_beside {
                break answers.put(key, answer, needed);
            }
            let evicted = answers.make_way(most_beside);
            drop(answers);
            self.count_evicted(&evicted);
        };
        drop(replaced);
    }

    /// Forgets answers until the rest is within the limit.
    pub(super) fn shrink_to(&self, limit: impl Fn() -> usize) {
        loop {
            let evicted = self.answers().make_way(limit());
            if evicted.is_empty() {
                return;
            }
            self.count_evicted(&evicted);
        }
    }

    /// Adds what it counts to `counts`.
    pub(super) fn add_to(&self, counts: &mut CacheCounts) {
        counts.hits += self.hits.load(Ordering::Relaxed);
        counts.misses += self.misses.load(Ordering::Relaxed);
        counts.evictions += self.evictions.load(Ordering::Relaxed);
        let answers = self.answers();
        counts.entries += answers.by_key.len() as u64;
        counts.bytes += answers.bytes as u64;
    }

    fn count_evicted(&self, evicted: &[EncodedAnswer]) {
        self.evictions.fetch_add(evicted.len() as u64, Ordering::Relaxed);
    }

    /// It is right after every statement that changes it.
    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answers {
    /// Returns what two calls have computed at the same time, and was put before.
    fn put(&mut self, key: Key, answer: EncodedAnswer, needed: usize) -> Option<EncodedAnswer> {
        self.bytes += needed;
        let replaced = self.by_key.put(key, answer);
        if let Some(replaced) = &replaced {
            self.bytes -= taken_by(replaced);
        }
        replaced
    }

    /// Takes out what was not asked for longest, until at most `limit` bytes are left
    /// or some have gone.
    fn make_way(&mut self, limit: usize) -> Vec<EncodedAnswer> {
        let mut evicted = Vec::new();
        while self.bytes > limit && evicted.len() < EVICTED_AT_ONCE {
            let Some((_, answer)) = self.by_key.pop_lru() else { break };
            self.bytes -= taken_by(&answer);
            evicted.push(answer);
        }
        evicted
    }
}

/// What an entry with this `answer` takes.
pub(super) fn taken_by(answer: &EncodedAnswer) -> usize {
    let pieces = answer.pieces();
    ENTRY_BYTES + pieces.len() * (PIECE_BYTES + size_of::<Bytes>()) + answer.bytes()
}
