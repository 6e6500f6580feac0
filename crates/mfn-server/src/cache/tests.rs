use mfn_core::{SimulationParams, SimulationSettings};

use super::shard::{ENTRY_BYTES, taken_by};
use super::*;
use crate::memory::LARGEST_CALL_BYTES;

const MIB: usize = 1024 * 1024;
/// A budget in which a cache has room.
const TOTAL: usize = 384 * MIB;

fn cache(bytes: usize) -> AnswerCache {
    AnswerCache::new(&Budget::with_cache(TOTAL, bytes)).expect("it may hold something")
}

fn key(seed: i64) -> Key {
    let settings = SimulationSettings { seed, ..SimulationSettings::default() };
    Key::Features(SimulationParams::try_from(settings).expect("allowed"))
}

fn answer(bytes: usize) -> EncodedAnswer {
    EncodedAnswer::in_pieces(vec![vec![7; bytes].into()])
}

fn get(cache: &AnswerCache, key: &Key) -> Option<EncodedAnswer> {
    cache.get(key, |_| true)
}

/// Keys of one shard.
fn of_one_shard(cache: &AnswerCache) -> impl Iterator<Item = Key> {
    let hasher = cache.0.hasher.clone();
    (0..).map(key).filter(move |key| (hasher.hash_one(key) as usize).is_multiple_of(SHARDS))
}

#[test]
fn what_was_put_is_there_and_counted() {
    let cache = cache(MIB);
    assert!(get(&cache, &key(-1)).is_none());
    cache.put(key(-1), answer(100));
    assert_eq!(get(&cache, &key(-1)).map(|answer| answer.bytes()), Some(100));
    assert!(get(&cache, &key(1)).is_none());
    let bytes = taken_by(&answer(100)) as u64;
    let limit_bytes = MIB as u64;
    let counts = CacheCounts { hits: 1, misses: 2, evictions: 0, entries: 1, bytes, limit_bytes };
    assert_eq!(cache.counts(), counts);
}

#[test]
fn what_is_there_and_cannot_be_given_is_no_hit() {
    let cache = cache(MIB);
    cache.put(key(1), answer(100));
    assert!(cache.get(&key(1), |answer| answer.bytes() < 100).is_none());
    let CacheCounts { hits, misses, entries, .. } = cache.counts();
    assert_eq!((hits, misses, entries), (0, 1, 1));
}

// shows MFN-CACHE-006
#[test]
fn ever_new_answers_stay_within_the_limit() {
    let cache = cache(MIB);
    for seed in 0..10_000 {
        cache.put(key(seed), answer(seed as usize % 300));
        assert!(cache.counts().bytes <= MIB as u64);
    }
    let CacheCounts { entries, evictions, bytes, .. } = cache.counts();
    assert_eq!(entries + evictions, 10_000);
    assert!(bytes > MIB as u64 * 9 / 10, "{bytes}");
}

// shows MFN-CACHE-006
#[test]
fn what_was_not_asked_for_longest_goes_first() {
    let cache = cache(SHARDS * 10 * taken_by(&answer(100)));
    let keys: Vec<_> = of_one_shard(&cache).take(12).collect();
    for key in &keys[..10] {
        cache.put(key.clone(), answer(100));
    }
    get(&cache, &keys[0]).expect("it is there");
    for key in &keys[10..] {
        cache.put(key.clone(), answer(100));
    }
    let there: Vec<_> = keys.iter().map(|key| get(&cache, key).is_some()).collect();
    let gone: Vec<_> = (0..12).filter(|n| !there[*n]).collect();
    assert_eq!(gone, [1, 2]);
}

// shows MFN-CACHE-006
#[test]
fn an_answer_takes_at_most_an_eighth() {
    let cache = cache(8 * MIB);
    let most = MIB - (taken_by(&answer(100)) - 100);
    cache.put(key(1), answer(most + 1));
    assert_eq!(cache.counts().entries, 0);
    cache.put(key(1), answer(most));
    assert_eq!(cache.counts().entries, 1);
}

#[test]
fn one_answer_makes_as_many_small_ones_go_as_it_needs() {
    let cache = cache(8 * MIB);
    let mut keys = of_one_shard(&cache);
    for key in keys.by_ref().take(MIB / ENTRY_BYTES) {
        cache.put(key, answer(10));
    }
    assert!(cache.counts().entries > 1000);
    let large = keys.next().expect("there is no end of keys");
    cache.put(large.clone(), answer(MIB - 500));
    assert_eq!(cache.counts().entries, 1);
    assert!(get(&cache, &large).is_some());
}

#[test]
fn an_answer_that_two_have_computed_is_kept_once() {
    let cache = cache(MIB);
    for _ in 0..2 {
        cache.put(key(1), answer(100));
    }
    let CacheCounts { entries, bytes, .. } = cache.counts();
    assert_eq!((entries, bytes), (1, taken_by(&answer(100)) as u64));
}

// shows MFN-CACHE-006, MFN-MEM-009
#[test]
fn a_cache_makes_way_for_connections_and_grows_again() {
    let budget = Budget::with_cache(TOTAL, 64 * MIB);
    let cache = AnswerCache::new(&budget).expect("it may hold something");
    let of_a_thousandth = answer(64 * MIB / 1000);
    for seed in 0..1000 {
        cache.put(key(seed), of_a_thousandth.clone());
    }
    let full = cache.counts();
    assert!(full.bytes > 50 * MIB as u64, "{full:?}");
    let most_shared = TOTAL - 2 * TOTAL / 8 - LARGEST_CALL_BYTES;
    let connections = budget.take(most_shared - 10 * MIB);
    let less = cache.counts();
    assert!(less.bytes <= 10 * MIB as u64 && less.entries > 0, "{less:?}");
    assert_eq!(less.limit_bytes, 10 * MIB as u64);
    let more = budget.take(10 * MIB);
    assert_eq!(cache.counts().entries, 0);
    cache.put(key(1), answer(100));
    assert_eq!(cache.counts().entries, 0);
    drop((connections, more));
    cache.put(key(1), answer(100));
    assert_eq!(cache.counts().entries, 1);
}

// shows MFN-CACHE-006
#[test]
fn there_is_no_cache_where_it_is_off_or_memory_is_little() {
    assert!(AnswerCache::new(&Budget::with_cache(TOTAL, 0)).is_none());
    assert!(AnswerCache::new(&Budget::with_cache(64 * MIB, 64 * MIB)).is_none());
}
