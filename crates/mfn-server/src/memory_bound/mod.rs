//! How much memory the settings can need at most: `spec/memory.md`.

mod available;

use mfn_access::{Limits, replay};

use crate::config::Config;
use crate::memory::{
    Budget, CONNECTION_BYTES, LARGEST_CALL_BYTES, most_connections, small_part, streams_part,
};
use available::available_bytes;

const MIB: u64 = 1024 * 1024;
/// The program, the queue of the audit when it is full, the log, calls that nobody is
/// charged for, questions of reflection that are not read, and what the allocator
/// keeps.
const FIXED_BYTES: u64 = 112 * MIB;
/// A thread's stack, and what the allocator keeps for it.
const THREAD_BYTES: u64 = MIB;
/// An open call beside what it reserves: its head and its state.
const OPEN_CALL_BYTES: u64 = 32 * 1024;
/// A call in the second in which it counts.
const CALL_BYTES: u64 = 8;
/// The lines of a key in the texts of metrics: two texts of at most 17 lines, of which a
/// buffer that grows may be half.
const METRICS_BYTES: u64 = 10 * 1024;
/// A signature that is not to serve again.
const SIGNATURE_BYTES: u64 = 100;

/// How many connections may be open: as many as the settings say, but no more than
/// half of the memory holds.
pub(crate) fn connections(config: &Config) -> usize {
    config.max_connections.min(most_connections(config.memory_bytes))
}

/// Says in the log how much it is, how many connections may be open, and how much is for
/// kept answers. Warns if these are less than somebody has set, or if the machine or the
/// container has less.
pub(crate) fn tell(config: &Config) {
    let connections = connections(config);
    let cache_bytes = Budget::with_cache(config.memory_bytes, config.cache_bytes).cache_bytes();
    let cache_mib = cache_bytes as u64 / MIB;
    // Who has not asked for so many need not be warned.
    if connections < config.max_connections
        && config.max_connections != Config::default().max_connections
    {
        tracing::warn!(
            connections,
            max_connections = config.max_connections,
            "fewer connections may be open than MFN_GRPC_MAX_CONNECTIONS, \
             since half of MFN_GRPC_MEMORY_MB is for calls"
        );
    }
    if cache_bytes < config.cache_bytes && config.cache_bytes != Config::default().cache_bytes {
        tracing::warn!(
            cache_mib,
            "kept answers have less than MFN_GRPC_CACHE_MB, \
             since a quarter of MFN_GRPC_MEMORY_MB and 52 MiB are for calls"
        );
    }
    let needed_mib = most_bytes(config).div_ceil(MIB);
    tracing::info!(
        needed_mib,
        connections,
        cache_mib,
        "the settings need at most this much memory"
    );
    if let Some(available_mib) = available_bytes().map(|bytes| bytes / MIB)
        && available_mib < needed_mib
    {
        tracing::warn!(
            needed_mib,
            available_mib,
            "the machine or container has less memory than the settings can need: {}",
            what_to_lower(config, available_mib)
        );
    }
}

/// What brings the bound down to what is available.
fn what_to_lower(config: &Config, available_mib: u64) -> &'static str {
    if bytes_without_keys(config).div_ceil(MIB) > available_mib {
        "lower MFN_GRPC_MEMORY_MB"
    } else {
        "limit the calls that a key may have at once (MFN_GRPC_RATE_LIMIT_CONCURRENT), or lower \
         MFN_GRPC_MAX_CONNECTIONS or MFN_GRPC_MAX_CONCURRENT_STREAMS"
    }
}

/// MFN-MEM-001.
fn most_bytes(config: &Config) -> u64 {
    bytes_without_keys(config).saturating_add(bytes_of_keys(config))
}

/// What there is of a server that nobody calls, and of its budget.
fn bytes_without_keys(config: &Config) -> u64 {
    let total = config.memory_bytes as u64;
    let small = small_part(config.memory_bytes) as u64;
    let connections = (connections(config) * CONNECTION_BYTES) as u64;
    let standing = connections + streams_part(config.memory_bytes) as u64;
    // The largest call has room beside as much as is kept for small ones, also where
    // there is less. A cache leaves it as much.
    let large = (total - small - standing).max(small + LARGEST_CALL_BYTES as u64);
    let shared = small + standing + large;
    let threads = (config.max_workers.get() + config.io_threads.get()) as u64;
    shared.saturating_add(FIXED_BYTES + threads * THREAD_BYTES)
}

/// What calls hold beside the budget.
fn bytes_of_keys(config: &Config) -> u64 {
    let of_key = |limits: &Limits| {
        let rps = limits.rps;
        let signatures = if config.replay_protection { replay::capacity(rps) as u64 } else { 0 };
        u64::from(rps) * CALL_BYTES
            + signatures * SIGNATURE_BYTES
            + METRICS_BYTES
            + open_calls(config, limits).saturating_mul(OPEN_CALL_BYTES)
    };
    if config.keys.is_empty() {
        return of_key(&config.limits);
    }
    config.keys.iter().map(|key| of_key(&key.limits)).fold(0, u64::saturating_add)
}

/// How many calls of a key may be open at once.
fn open_calls(config: &Config, limits: &Limits) -> u64 {
    match limits.concurrent {
        0 => (connections(config) as u64).saturating_mul(config.max_concurrent_streams.into()),
        concurrent => concurrent.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::*;

    fn on_two_cores() -> Config {
        Config { io_threads: NonZero::new(2).expect("not 0"), ..Config::default() }
    }

    // shows MFN-MEM-006
    #[test]
    fn a_thousand_connections_fit_a_container_of_512_mib() {
        let thousand = Config { max_connections: 1000, ..on_two_cores() };
        assert_eq!(most_bytes(&thousand).div_ceil(MIB), 512);
        assert_eq!(most_bytes(&on_two_cores()).div_ceil(MIB), 512);
    }

    // shows MFN-MEM-007
    #[test]
    fn fewer_connections_may_be_open_than_the_settings_say_where_memory_is_little() {
        let little = Config { memory_bytes: 64 << 20, ..on_two_cores() };
        assert_eq!(connections(&little), 512);
        // The largest call still has room: 60 MiB, beside 8 MiB, the connections and
        // their streams.
        assert_eq!(most_bytes(&little).div_ceil(MIB), 106 + 128);
        let few = Config { max_connections: 100, ..little };
        assert_eq!(connections(&few), 100);
    }

    #[test]
    fn calls_without_a_limit_have_as_much_as_connections_allow() {
        let limits = Limits { concurrent: 0, ..Limits::default() };
        let unlimited = Config { limits, ..on_two_cores() };
        assert!(most_bytes(&unlimited) > 1000 * 1000 * MIB / 32);
    }

    #[test]
    fn what_is_to_be_lowered_is_what_the_bound_is_made_of() {
        let much = Config { memory_bytes: 2048 << 20, ..on_two_cores() };
        assert_eq!(what_to_lower(&much, 1024), "lower MFN_GRPC_MEMORY_MB");
        let limits = Limits { concurrent: 0, ..Limits::default() };
        let unlimited = Config { limits, ..on_two_cores() };
        assert!(what_to_lower(&unlimited, 1024).contains("MFN_GRPC_RATE_LIMIT_CONCURRENT"));
    }

    #[test]
    fn what_can_hold_memory_counts() {
        let base = Config { max_connections: 1000, ..on_two_cores() };
        let more = [
            Config { memory_bytes: base.memory_bytes + 1, ..base.clone() },
            Config { limits: Limits { concurrent: 200, ..Limits::default() }, ..base.clone() },
            Config { max_workers: NonZero::new(11).expect("not 0"), ..base.clone() },
            Config { replay_protection: true, ..base.clone() },
        ];
        for config in more {
            assert!(most_bytes(&config) > most_bytes(&base), "{config:?}");
        }
    }
}
