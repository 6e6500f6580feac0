//! How much memory the settings can need at most: `spec/memory.md`.

use std::fs;

use mfn_access::replay;

use crate::config::Config;
use crate::memory::CONNECTION_BYTES;

const MIB: u64 = 1024 * 1024;
/// The program, the queue of the audit when it is full, the log, questions of
/// reflection that are not read, and what the allocator keeps.
const FIXED_BYTES: u64 = 112 * MIB;
/// A thread's stack, and what the allocator keeps for it.
const THREAD_BYTES: u64 = MIB;
/// A call in the second in which it counts.
const CALL_BYTES: u64 = 8;
/// A signature that is not to serve again.
const SIGNATURE_BYTES: u64 = 100;

/// Says in the log how much it is, and warns if the machine or the container has
/// less.
pub(crate) fn tell(config: &Config) {
    let needed_mib = most_bytes(config).div_ceil(MIB);
    tracing::info!(needed_mib, "the settings need at most this much memory");
    if let Some(available_mib) = available_bytes().map(|bytes| bytes / MIB)
        && available_mib < needed_mib
    {
        tracing::warn!(
            needed_mib,
            available_mib,
            "the machine or container has less memory than the settings can need: \
             lower MFN_GRPC_MEMORY_MB or MFN_GRPC_MAX_CONNECTIONS"
        );
    }
}

/// MFN-MEM-001.
fn most_bytes(config: &Config) -> u64 {
    let connections = (config.max_connections as u64).saturating_mul(CONNECTION_BYTES as u64);
    let shared = connections.max(config.memory_bytes as u64);
    let threads = (config.max_workers.get() + config.io_threads.get()) as u64;
    let of_key = |rps: u32| {
        let signatures = if config.replay_protection { replay::capacity(rps) as u64 } else { 0 };
        u64::from(rps) * CALL_BYTES + signatures * SIGNATURE_BYTES
    };
    let keys: u64 = if config.keys.is_empty() {
        of_key(config.limits.rps)
    } else {
        config.keys.iter().map(|key| of_key(key.limits.rps)).sum()
    };
    shared.saturating_add(FIXED_BYTES + threads * THREAD_BYTES + keys)
}

/// What the machine has, or the container if that has less, as far as Linux tells.
fn available_bytes() -> Option<u64> {
    let read = |path: &str| fs::read_to_string(path).ok();
    let machine = read("/proc/meminfo").and_then(|text| machine_bytes(&text));
    // Inside of a container its own group is at the root; version 2, or 1.
    let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let container = limits.iter().find_map(|path| read(path)?.trim().parse().ok());
    machine.into_iter().chain(container).min()
}

fn machine_bytes(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
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
        assert_eq!(most_bytes(&thousand).div_ceil(MIB), 509);
        assert_eq!(most_bytes(&on_two_cores()).div_ceil(MIB), 750);
    }

    #[test]
    fn what_can_hold_memory_counts() {
        let base = Config { max_connections: 1000, ..on_two_cores() };
        let more = [
            Config { memory_bytes: base.memory_bytes + 1, ..base.clone() },
            Config { max_connections: 10_000, ..base.clone() },
            Config { max_workers: NonZero::new(11).expect("not 0"), ..base.clone() },
            Config { replay_protection: true, ..base.clone() },
        ];
        for config in more {
            assert!(most_bytes(&config) > most_bytes(&base), "{config:?}");
        }
    }

    #[test]
    fn the_memory_of_a_machine_is_read() {
        let meminfo = "MemTotal:       24683388 kB\nMemFree:        12000000 kB\n";
        assert_eq!(machine_bytes(meminfo), Some(24_683_388 * 1024));
        assert_eq!(machine_bytes("MemFree: 1 kB\n"), None);
    }
}
