//! The clock of a pool that computes in a simulation, where no time passes meanwhile.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// The clock of a pool in a simulation: that of tokio, and what the computation that is
/// polled would have taken until now. Each piece of it takes as long as `set_pace` says.
#[derive(Debug)]
pub(crate) struct SimulatedClock {
    begun: Instant,
    is_computing: AtomicBool,
    nanos_a_piece: AtomicU64,
    computed_nanos: AtomicU64,
}

impl SimulatedClock {
    pub(crate) fn new() -> Self {
        let (is_computing, nanos_a_piece, computed_nanos) = Default::default();
        Self { begun: Instant::now(), is_computing, nanos_a_piece, computed_nanos }
    }

    /// A piece of a computation, between two looks at the clock, takes so long from now on.
    pub(crate) fn set_pace(&self, piece: Duration) {
        self.nanos_a_piece.store(piece.as_nanos() as u64, Ordering::Relaxed);
    }

    pub(super) fn now(&self) -> Duration {
        if self.is_computing.load(Ordering::Relaxed) {
            let piece = self.nanos_a_piece.load(Ordering::Relaxed);
            self.computed_nanos.fetch_add(piece, Ordering::Relaxed);
        }
        let computed = self.computed_nanos.load(Ordering::Relaxed);
        self.begun.elapsed() + Duration::from_nanos(computed)
    }

    /// What `compute` returns, and what it took.
    pub(super) fn measure<T>(&self, compute: impl FnOnce() -> T) -> (T, Duration) {
        self.is_computing.store(true, Ordering::Relaxed);
        let value = compute();
        self.is_computing.store(false, Ordering::Relaxed);
        (value, Duration::from_nanos(self.computed_nanos.swap(0, Ordering::Relaxed)))
    }
}
