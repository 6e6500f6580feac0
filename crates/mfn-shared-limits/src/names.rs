//! The names under which the store keeps what it counts.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use mfn_access::KeyId;
use sha2::{Digest, Sha256};

/// Since when signatures are remembered.
pub(crate) const MEMORY: &str = "mfn:memory";

/// What stands for a key in the store: half of the SHA-256 of its id. So every name has
/// one length, and a look into the store tells no ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KeyDigest([u8; 16]);

impl KeyDigest {
    pub(crate) fn of(id: &KeyId) -> Self {
        let mut digest = [0; 16];
        digest.copy_from_slice(&Sha256::digest(id.as_str())[..16]);
        Self(digest)
    }

    /// The list of the admissions of the last second.
    pub(crate) fn admissions(self) -> String {
        self.named("rate", &[])
    }

    /// The sorted set of the open calls.
    pub(crate) fn open_calls(self) -> String {
        self.named("open", &[])
    }

    /// The mark of a used signature.
    pub(crate) fn signature(self, digest: [u8; 16]) -> String {
        self.named("used", &digest)
    }

    fn named(self, what: &str, digest: &[u8]) -> String {
        let mut name = format!("mfn:{what}:");
        for byte in self.0.iter().chain(digest) {
            write!(name, "{byte:02x}").expect("a string takes everything");
        }
        name
    }
}

/// One open call, by a name that no call of another server has.
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
