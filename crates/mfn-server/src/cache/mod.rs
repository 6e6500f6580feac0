//! Answers that were given, for calls that ask the same: `spec/cache.md`.
//!
//! An answer is a function of the call's checked parameters, so whoever asks the same
//! gets the same bytes, but for the id of the call. What has not been asked for longest
//! goes first. The cache has eight shards, and an answer takes at most a whole one. Each has
//! a lock of its own, which is held for some hundred nanoseconds: calls of
//! different parameters seldom meet at one.

mod key;
mod shard;
#[cfg(test)]
mod tests;

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use crate::encoded::EncodedAnswer;
use crate::memory::Budget;
pub(crate) use key::Key;
use shard::Shard;

/// An answer may take one of so many parts of the cache.
const SHARDS: usize = 8;

/// See the module. Copies of it are one cache.
#[derive(Clone, Debug)]
pub(crate) struct AnswerCache(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Callers choose what is hashed, so that they must not know how.
    hasher: RandomState,
    shards: [Shard; SHARDS],
    /// It says how much the cache may hold.
    memory: Budget,
}

/// What a cache has done since the start, and what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheCounts {
    /// Calls that were given an answer that was there.
    pub hits: u64,
    /// Calls whose answer was not there, or could not be given.
    pub misses: u64,
    /// Answers that made way for others, or for connections.
    pub evictions: u64,
    /// Answers that are there.
    pub entries: u64,
    /// What they take, with what is kept about them, in bytes.
    pub bytes: u64,
    /// The most that they may take now, in bytes.
    pub limit_bytes: u64,
}

impl AnswerCache {
    /// An empty one, which holds as much as `memory` has for it. `None` if that is
    /// nothing whatever else is held.
    pub(crate) fn new(memory: &Budget) -> Option<Self> {
        if memory.cache_bytes() == 0 {
            return None;
        }
        let shared = Shared {
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| Shard::default()),
            memory: memory.clone(),
        };
        let cache = Arc::new(shared);
        let of_budget = Arc::downgrade(&cache);
        memory.on_less_for_cache(move || {
            of_budget.upgrade().inspect(|cache| cache.shrink());
        });
        Some(Self(cache))
    }

    /// The answer to what `key` asks, if it is there and `can_be_given`.
    pub(crate) fn get(
        &self,
        key: &Key,
        can_be_given: impl FnOnce(&EncodedAnswer) -> bool,
    ) -> Option<EncodedAnswer> {
        self.0.shard_of(key).get(key, can_be_given)
    }

    /// Keeps `answer` for those who ask the same, if it is not too large.
    pub(crate) fn put(&self, key: Key, answer: EncodedAnswer) {
        let Self(shared) = self;
        shared.shard_of(&key).put(key, answer, || shared.limit_of_each());
    }

    /// What the cache has done, and what it holds.
    pub(crate) fn counts(&self) -> CacheCounts {
        let limit_bytes = self.0.memory.cache_bytes() as u64;
        let mut counts = CacheCounts { limit_bytes, ..CacheCounts::default() };
        for shard in &self.0.shards {
            shard.add_to(&mut counts);
        }
        counts
    }
}

impl Shared {
    fn shard_of(&self, key: &Key) -> &Shard {
        &self.shards[self.hasher.hash_one(key) as usize % SHARDS]
    }

    fn limit_of_each(&self) -> usize {
        self.memory.cache_bytes() / SHARDS
    }

    /// Forgets answers until the rest has room.
    fn shrink(&self) {
        for shard in &self.shards {
            shard.shrink_to(|| self.limit_of_each());
        }
    }
}
