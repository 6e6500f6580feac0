//! Whether the server takes calls.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

/// What health tells. The server is not well while it ends, nor while it cannot
/// record calls.
#[derive(Debug)]
pub(crate) struct Readiness {
    is_serving: watch::Sender<bool>,
    is_ending: AtomicBool,
}

impl Readiness {
    /// A server that takes calls, and what those follow who tell of it.
    pub(crate) fn new() -> (Self, watch::Receiver<bool>) {
        let (is_serving, follows) = watch::channel(true);
        (Self { is_serving, is_ending: AtomicBool::new(false) }, follows)
    }

    /// From now on no further calls are to be sent, and soon none are taken.
    pub(crate) fn end(&self) {
        self.is_ending.store(true, Ordering::Relaxed);
        self.is_serving.send_replace(false);
    }

    /// Calls cannot be recorded, or can again.
    pub(crate) fn audit_is_stalled(&self, is_stalled: bool) {
        let is_ending = self.is_ending.load(Ordering::Relaxed);
        self.is_serving.send_replace(!is_stalled && !is_ending);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // shows MFN-LIFE-010
    #[test]
    fn a_server_that_ends_is_not_well_again_when_its_audit_is() {
        let (readiness, is_serving) = Readiness::new();
        let changes = [false, true].map(|is_stalled| {
            readiness.audit_is_stalled(!is_stalled);
            *is_serving.borrow()
        });
        assert_eq!(changes, [false, true]);
        readiness.end();
        readiness.audit_is_stalled(false);
        assert!(!*is_serving.borrow());
    }
}
