//! How much there is of everything.

use soak::memory_bound::Settings;

use super::FIELD_BYTES;

const MIB: f64 = (1 << 20) as f64;
/// What could fill a server is so many times what it may have: a server that kept it all could
/// not pass for one that is within its bound.
const MORE: f64 = 1.25;

/// A short form of all attacks, and a full one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Form {
    /// How many times more there is of everything than in the short form.
    pub(crate) scale: usize,
    /// `MFN_GRPC_MEMORY_MB` of the servers.
    pub(crate) memory_mib: u32,
}

impl Form {
    /// With the least memory that a server can have.
    pub(crate) const SHORT: Self = Self { scale: 1, memory_mib: 64 };
    /// With the memory that a server has by default.
    pub(crate) const FULL: Self = Self { scale: 10, memory_mib: 384 };

    /// What a server may have, by `spec/memory.md`.
    pub(crate) fn bound_mib(self) -> f64 {
        Settings::of_server(self.memory_mib).bound_mib()
    }

    /// Connections of which all others must still find a place: in the full form there are 3072.
    pub(super) fn many(self) -> usize {
        400 * self.scale.min(7)
    }

    /// Bytes for each of so many connections that together are more than a server may have.
    pub(super) fn share(self, connections: usize) -> usize {
        ((MORE * self.bound_mib() * MIB) as usize).div_ceil(connections)
    }

    /// The same in fields of 8 MiB.
    pub(super) fn fields(self, connections: usize) -> usize {
        self.share(connections).div_ceil(FIELD_BYTES)
    }
}
