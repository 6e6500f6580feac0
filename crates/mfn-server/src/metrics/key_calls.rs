//! The calls of each key, by their codes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use mfn_access::KeyId;
use tonic::Code;

use super::codes::CODES;

/// The counters of one network thread. A key has its own from its first call on. To
/// count and to read both share the lock: only a key's first call waits for those
/// that read.
#[derive(Debug, Default)]
pub(super) struct KeyCalls(RwLock<BTreeMap<KeyId, [AtomicU64; CODES.len()]>>);

impl KeyCalls {
    /// Counts a call of `key`.
    pub(super) fn count(&self, key: &KeyId, code: Code) {
        let Self(keys) = self;
        if let Some(calls) = keys.read().unwrap_or_else(PoisonError::into_inner).get(key) {
            calls[code as usize].fetch_add(1, Ordering::Relaxed);
            return;
        }
        let mut keys = keys.write().unwrap_or_else(PoisonError::into_inner);
        let calls = keys.entry(key.clone()).or_default();
        *calls[code as usize].get_mut() += 1;
    }

    pub(super) fn add_to(&self, totals: &mut BTreeMap<KeyId, [u64; CODES.len()]>) {
        for (key, calls) in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            let total = totals.entry(key.clone()).or_default();
            for (calls, total) in calls.iter().zip(total) {
                *total += calls.load(Ordering::Relaxed);
            }
        }
    }
}
