//! How a connection is: what both ends and those who carry it know of its faults.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::time::{Duration, Instant};
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
    /// Since when the server serves it, and what is cancelled when it is to make room.
    served: OnceLock<(Instant, CancellationToken)>,
}

/// What may be why calls on a connection are lost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LinkState {
    /// Whatever becomes of its calls may be its fault.
    pub(super) has_failed: bool,
    /// The server has closed it for another.
    pub(super) is_evicted: bool,
    /// For how long the server has served it. None if there was no place for it.
    pub(super) served_for: Option<Duration>,
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

    /// The server begins to serve it, until the `eviction` at the latest.
    pub(super) fn is_served(&self, eviction: CancellationToken) {
        self.0.served.get_or_init(|| (Instant::now(), eviction));
    }

    /// How it is now.
    pub(super) fn state(&self) -> LinkState {
        let served = self.0.served.get();
        LinkState {
            has_failed: self.has_failed(),
            is_evicted: served.is_some_and(|(_, eviction)| eviction.is_cancelled()),
            served_for: served.map(|(since, _)| since.elapsed()),
        }
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
