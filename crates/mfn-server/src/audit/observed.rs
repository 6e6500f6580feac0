//! What is learned of a call on its way in, by those behind the audit.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use mfn_access::KeyId;

/// What is known of one call so far, shared by all who learn something of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observed(Arc<Facts>);

#[derive(Debug, Default)]
struct Facts {
    key: OnceLock<KeyId>,
    bytes_in: AtomicU64,
}

impl Observed {
    /// The call is this key's.
    pub(crate) fn is_by(&self, key: &KeyId) {
        self.0.key.get_or_init(|| key.clone());
    }

    /// Whose it is, if that is known.
    pub(crate) fn key(&self) -> Option<&KeyId> {
        self.0.key.get()
    }

    /// So many bytes more came.
    pub(crate) fn received(&self, bytes: usize) {
        self.0.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// How many bytes came.
    pub(crate) fn bytes_in(&self) -> u64 {
        self.0.bytes_in.load(Ordering::Relaxed)
    }
}
