//! The clock of a pool, by which computations share its time.

use std::time::{Duration, Instant};

/// Shows the time since it began.
#[derive(Debug)]
pub(super) enum Clock {
    System(Instant),
    /// In a simulation no time passes while something is computed, so this says how much
    /// would have.
    #[cfg(test)]
    Simulated(std::sync::Arc<super::simulated_clock::SimulatedClock>),
}

impl Clock {
    /// The clock of the operating system.
    pub(super) fn system() -> Self {
        Self::System(Instant::now())
    }

    pub(super) fn now(&self) -> Duration {
        match self {
            Self::System(begun) => begun.elapsed(),
            #[cfg(test)]
            Self::Simulated(clock) => clock.now(),
        }
    }
}
