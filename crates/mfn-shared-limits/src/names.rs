//! The names under which the store keeps what it counts.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use mfn_access::KeyId;
use sha2::{Digest, Sha256};

/// The name of the hash that tells since when signatures are remembered.
pub(crate) const MEMORY: &str = "mfn:memory";

/// A key as the store knows it: half of the SHA-256 of its id. So every name has one length,
/// and whoever reads the store learns no ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KeyDigest([u8; 16]);

impl KeyDigest {
    pub(crate) fn of(id: &KeyId) -> Self {
        let mut digest = [0; 16];
        digest.copy_from_slice(&Sha256::digest(id.as_str())[..16]);
        Self(digest)
    }

    /// The name of the list of the admissions of the last second.
    pub(crate) fn admissions(self) -> String {
        self.named("rate")
    }

    /// The name of the sorted set of the open calls.
    pub(crate) fn open_calls(self) -> String {
        self.named("open")
    }

    /// The name of the sorted set of the used signatures.
    pub(crate) fn signatures(self) -> String {
        self.named("used")
    }

    fn named(self, what: &str) -> String {
        let mut name = format!("mfn:{what}:");
        for byte in self.0 {
            write!(name, "{byte:02x}").expect("a string takes everything");
        }
        name
    }
}

/// The name of one open call, which no call of another server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CallId(pub(crate) [u8; 16]);

/// Gives names to calls.
#[derive(Debug)]
pub(crate) struct CallIds {
    server: u64,
    next: AtomicU64,
}

impl CallIds {
    pub(crate) fn new() -> Self {
        Self { server: fastrand::u64(..), next: AtomicU64::new(0) }
    }

    pub(crate) fn next(&self) -> CallId {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.server.to_be_bytes());
        id[8..].copy_from_slice(&number.to_be_bytes());
        CallId(id)
    }
}
