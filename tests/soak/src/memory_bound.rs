//! How much memory a server may have, by the formula of `spec/memory.md`. The server has it too,
//! for its log: nothing of it is taken from there, or a mistake would be in both.

use crate::keys::{CONCURRENT, KEYS};

/// Threads of a [`Server`](crate::server::Server) that compute, and for the network. They are told
/// to it, or its bound would be another one on each machine.
pub(crate) const WORKERS: u32 = 10;
pub(crate) const IO_THREADS: u32 = 2;
const KIB: f64 = 1.0 / 1024.0;

/// What the formula needs to know of a server, with the names that it has there.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// `M`: `MFN_GRPC_MEMORY_MB`.
    pub memory_mib: f64,
    /// `C`: open connections, if a setting says less than the memory has room for.
    pub max_connections: f64,
    /// `W` and `I`: threads that compute and threads for the network.
    pub threads: f64,
    /// `K`: keys.
    pub keys: f64,
    /// `R`: calls of a key in a second.
    pub rate: f64,
    /// `A`: calls of a key at once.
    pub concurrent: f64,
}

impl Settings {
    /// Those of a [`Server`](crate::server::Server) with so much memory: the defaults, but for
    /// what it is told.
    #[must_use]
    pub fn of_server(memory_mib: u32) -> Self {
        Self {
            memory_mib: memory_mib.into(),
            max_connections: 10_000.0,
            threads: (WORKERS + IO_THREADS).into(),
            keys: KEYS as f64,
            rate: 1000.0,
            concurrent: CONCURRENT.into(),
        }
    }

    /// The bound of resident memory, in MiB.
    #[must_use]
    pub fn bound_mib(&self) -> f64 {
        let Self { memory_mib, max_connections, threads, keys, rate, concurrent } = *self;
        // A connection takes 64 KiB, and all of them half of the memory at most.
        let connections = max_connections.min(memory_mib / (128.0 * KIB));
        let beside = connections * 64.0 * KIB + memory_mib / 10.0 + memory_mib / 4.0 + 52.0;
        let a_key = 8.0 * rate / 1024.0 * KIB + concurrent * 32.0 * KIB + 10.0 * KIB;
        memory_mib.max(beside) + 112.0 + threads + keys * a_key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_default_and_without_keys_it_is_what_the_spec_says() {
        let settings = Settings { keys: 0.0, concurrent: 100.0, ..Settings::of_server(384) };
        // 512 MiB there, in whole numbers.
        assert!((settings.bound_mib() - 508.0).abs() < 5.0, "{}", settings.bound_mib());
        let with_keys = Settings { keys: 2.0, ..settings };
        assert!(with_keys.bound_mib() > settings.bound_mib() + 6.0);
    }
}
