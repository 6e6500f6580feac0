//! What is learned of a call on its way in, by those behind the audit.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use mfn_access::KeyId;

/// What is known of one call so far, shared by all who learn something of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observed(Arc<Facts>);

#[derive(Debug, Default)]
struct Facts {
    key: OnceLock<KeyId>,
    is_accounted_for: AtomicBool,
    bytes_in: AtomicU64,
    is_unread: AtomicBool,
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

    /// A key has signed the call, or it is admitted within the limits that all
    /// share where there are no keys.
    pub(crate) fn account_for_it(&self) {
        self.0.is_accounted_for.store(true, Ordering::Relaxed);
    }

    /// Whether it is. If not, there can be as many such calls as anyone likes.
    pub(crate) fn is_accounted_for(&self) -> bool {
        self.0.is_accounted_for.load(Ordering::Relaxed)
    }

    /// So many bytes more came.
    pub(crate) fn received(&self, bytes: usize) {
        self.0.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// The call is given up, because nobody reads its answer.
    pub(crate) fn is_not_read(&self) {
        self.0.is_unread.store(true, Ordering::Relaxed);
    }

    /// Whether it is given up for that.
    pub(crate) fn is_unread(&self) -> bool {
        self.0.is_unread.load(Ordering::Relaxed)
    }

    /// How many bytes came.
    pub(crate) fn bytes_in(&self) -> u64 {
        self.0.bytes_in.load(Ordering::Relaxed)
    }
}
