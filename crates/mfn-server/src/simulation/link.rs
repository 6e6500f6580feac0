//! How a connection is: what both ends and those who carry it know of its faults.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;

/// A connection on its way.
#[derive(Clone, Debug, Default)]
pub(super) struct Link(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_reset: AtomicBool,
    has_failed: AtomicBool,
    cut: CancellationToken,
    vanished: CancellationToken,
}

impl Link {
    /// Carries nothing more, and tells nobody.
    pub(super) fn vanish(&self) {
        self.fails();
        self.0.vanished.cancel();
    }

    /// Whether it has failed, so that whatever becomes of its calls may be its fault.
    pub(super) fn has_failed(&self) -> bool {
        self.0.has_failed.load(Ordering::Relaxed)
    }

    /// Whether both sides are to see that it is reset.
    pub(super) fn is_reset(&self) -> bool {
        self.0.is_reset.load(Ordering::Relaxed)
    }

    /// Both sides see that it is reset.
    pub(super) fn reset(&self) {
        self.0.is_reset.store(true, Ordering::Relaxed);
        self.0.cut.cancel();
    }

    /// It fails in some way.
    pub(super) fn fails(&self) {
        self.0.has_failed.store(true, Ordering::Relaxed);
    }

    /// Cancelled when it is reset.
    pub(super) fn cut(&self) -> &CancellationToken {
        &self.0.cut
    }

    /// Waits until it carries nothing more.
    pub(super) async fn has_vanished(&self) {
        self.0.vanished.cancelled().await;
    }
}
