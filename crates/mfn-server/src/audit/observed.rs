//! What is learned of a call on its way in, by those behind the audit, and where it is
//! counted.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use mfn_access::KeyId;

use crate::metrics::CountedCall;

/// What is known of one call so far, shared by all who learn something of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observed(Arc<Facts>);

#[derive(Debug, Default)]
struct Facts {
    /// None where there are no metrics.
    counted: Option<CountedCall>,
    /// Health is asked for often, and of no interest later.
    is_health: bool,
    key: OnceLock<KeyId>,
    is_accounted_for: AtomicBool,
    bytes_in: AtomicU64,
    is_unread: AtomicBool,
}

impl Observed {
    /// Nothing is known yet of a call but where it is `counted`, and whether it is one of
    /// health.
    pub(crate) fn new(counted: Option<CountedCall>, is_health: bool) -> Self {
        Self(Arc::new(Facts { counted, is_health, ..Facts::default() }))
    }

    /// Where the call is counted, if it is.
    pub(crate) fn counted(&self) -> Option<&CountedCall> {
        self.0.counted.as_ref()
    }

    /// Whether an audit has a line for the call.
    pub(crate) fn has_line(&self) -> bool {
        !self.0.is_health
    }

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

    /// A message has come whole.
    pub(crate) fn received_message(&self) {
        self.0.counted.as_ref().inspect(|counted| counted.received());
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
