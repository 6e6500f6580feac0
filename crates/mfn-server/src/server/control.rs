//! What can be changed of a server while it serves.

use std::sync::Arc;

use mfn_access::{KeySetError, KeySettings};

use crate::access::Access;
use crate::audit::WeakAudit;
use crate::cache::{AnswerCache, CacheCounts};
use crate::readiness::Readiness;
use crate::tls::{Tls, TlsError};

/// Changes a server while it serves, and says what it has done.
#[derive(Clone, Debug)]
pub struct Control {
    pub(super) access: Arc<Access>,
    pub(super) tls: Option<Tls>,
    pub(super) readiness: Arc<Readiness>,
    pub(super) audit: Option<WeakAudit>,
    pub(super) cache: Option<AnswerCache>,
}

impl Control {
    /// Takes other keys from now on. Calls under way go on; a key that keeps its
    /// id keeps what it has been charged.
    ///
    /// # Errors
    /// They do not go together; the old ones stay.
    pub fn replace_keys(&self, keys: Vec<KeySettings>) -> Result<(), KeySetError> {
        self.access.replace_keys(keys)
    }

    /// What the cache of answers has done, and what it holds; all zeros if there is none.
    #[must_use]
    pub fn cache_counts(&self) -> CacheCounts {
        self.cache.as_ref().map(AnswerCache::counts).unwrap_or_default()
    }

    /// Reads the files of TLS again, if there is TLS. Connections that are open stay as
    /// they are.
    ///
    /// # Errors
    /// One of the files cannot be used; what was read before stays in use.
    pub fn reload_tls(&self) -> Result<(), TlsError> {
        self.tls.as_ref().map_or(Ok(()), Tls::reload)
    }

    /// From now on the server says of itself that it is not serving, and goes on
    /// serving all the same: whoever sends it calls has time to learn of it, and to
    /// send them elsewhere.
    pub fn announce_shutdown(&self) {
        self.readiness.end();
    }

    /// Opens the audit log anew, for it may have been moved away.
    pub fn reopen_audit_log(&self) {
        self.audit.as_ref().map(WeakAudit::reopen);
    }
}
