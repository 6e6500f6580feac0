//! What a computation is expected to take, known before it begins.

use std::fmt;
use std::ops::{Add, Mul};
use std::time::Duration;

use mfn_core::{SimulationParams, ValidationParams};

/// Expected time of a computation on one core, in nanoseconds.
///
/// The figures are of one core of a current server, rounded up. They decide
/// where a computation runs, never what it answers, so they may be wrong by a
/// factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost(u64);

/// A cell's first state: a random word and the normal made of it.
const START_NS: u64 = 10;
/// A cell's diffusion in one step.
const DIFFUSION_NS: u64 = 1;
/// The same of the activator and the inhibitor.
const TURING_NS: u64 = 2;
/// A cell's noise in one step: again a word and a normal.
const JITTER_NS: u64 = 11;
/// What a step takes however few the cells.
const STEP_NS: u64 = 30;
/// A cell's part in a summary: mask, statistics, box counts.
const SUMMARY_NS: u64 = 4;
/// A cell's part in its features, on a lattice whose transform is not of the
/// fast kind.
const FEATURES_NS: u64 = 35;
/// A sample's pass through the network and back.
const SAMPLE_NS: u64 = 2_000;
/// An update of the network after a batch.
const UPDATE_NS: u64 = 8_000;
/// Samples that the network is trained with in an epoch.
const SAMPLES_AN_EPOCH: u64 = 16;

impl Cost {
    /// The most that may be computed on a network thread: its other calls wait
    /// as long.
    pub(crate) const SMALL: Self = Self(50_000);

    /// More than any request makes.
    #[cfg(test)]
    pub(crate) const LARGEST: Self = Self(u64::MAX);

    /// A simulation of which so many states are summarised.
    pub(crate) fn simulation(params: &SimulationParams, summaries: u32) -> Self {
        let cells = (params.grid_size() * params.grid_size()) as u64;
        let turing = if params.turing_enabled() { TURING_NS } else { 0 };
        let jitter = if params.quantum_jitter() { JITTER_NS } else { 0 };
        let step = STEP_NS + cells * (DIFFUSION_NS + turing + jitter);
        let summary = cells * SUMMARY_NS;
        let steps = u64::from(params.steps());
        Self(cells * START_NS + steps * step + u64::from(summaries) * summary)
    }

    /// A simulation from so many of whose states features are extracted.
    pub(crate) fn features(params: &SimulationParams, extractions: u32) -> Self {
        let cells = (params.grid_size() * params.grid_size()) as u64;
        let Self(simulation) = Self::simulation(params, 0);
        Self(simulation + u64::from(extractions) * cells * FEATURES_NS)
    }

    /// A validation's training, without its simulations.
    pub(crate) fn training(params: &ValidationParams) -> Self {
        let batches = SAMPLES_AN_EPOCH.div_ceil(params.batch_size() as u64);
        let epoch = SAMPLES_AN_EPOCH * SAMPLE_NS + batches * UPDATE_NS;
        Self(u64::from(params.epochs()) * epoch)
    }

    /// So many seconds of a core.
    pub(crate) fn seconds(seconds: u32) -> Self {
        Self(u64::from(seconds) * 1_000_000_000)
    }

    pub(crate) fn is_small(self) -> bool {
        self <= Self::SMALL
    }

    pub(crate) fn duration(self) -> Duration {
        Duration::from_nanos(self.0)
    }
}

impl Mul<u64> for Cost {
    type Output = Self;

    fn mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, Self(other): Self) -> Self {
        Self(self.0.saturating_add(other))
    }
}

/// Seconds, rounded up to milliseconds.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(nanos) = self;
        let millis = nanos.div_ceil(1_000_000);
        write!(f, "{}.{:03}", millis / 1000, millis % 1000)
    }
}

#[cfg(test)]
mod tests {
    use mfn_core::{SimulationSettings, ValidationSettings};

    use super::*;

    fn cost(settings: SimulationSettings, summaries: u32) -> Cost {
        let params = SimulationParams::try_from(settings).expect("the settings are allowed");
        Cost::simulation(&params, summaries)
    }

    #[test]
    fn whatever_makes_work_makes_cost() {
        let base = SimulationSettings::default();
        let more = [
            (SimulationSettings { grid_size: base.grid_size + 1, ..base }, 1),
            (SimulationSettings { steps: base.steps + 1, ..base }, 1),
            (SimulationSettings { turing_enabled: true, ..base }, 1),
            (SimulationSettings { quantum_jitter: true, ..base }, 1),
            (base, 2),
        ];
        for (settings, summaries) in more {
            assert!(cost(settings, summaries) > cost(base, 1), "{settings:?}, {summaries}");
        }
    }

    #[test]
    fn features_cost_more_than_a_summary_and_each_extraction_its_part() {
        let params = SimulationParams::try_from(SimulationSettings::default()).expect("allowed");
        assert!(Cost::features(&params, 1) > Cost::simulation(&params, 1));
        assert!(Cost::features(&params, 2) > Cost::features(&params, 1));
    }

    #[test]
    fn training_costs_more_with_more_epochs_and_with_smaller_batches() {
        let cost = |epochs, batch_size| {
            let settings =
                ValidationSettings { epochs, batch_size, ..ValidationSettings::default() };
            Cost::training(&ValidationParams::try_from(settings).expect("allowed"))
        };
        assert!(cost(2, 4) > cost(1, 4));
        assert!(cost(1, 3) > cost(1, 4));
        assert_eq!(cost(1, 64), cost(1, 16));
    }

    #[test]
    fn a_cost_is_written_in_seconds_and_never_below_what_it_is() {
        assert_eq!(Cost::seconds(60).to_string(), "60.000");
        assert_eq!(Cost(1_000_000_001).to_string(), "1.001");
        assert_eq!(Cost(1).to_string(), "0.001");
    }

    #[test]
    fn a_small_lattice_is_small_and_the_default_is_not() {
        let base = SimulationSettings::default();
        let small = SimulationSettings { grid_size: 16, steps: 16, turing_enabled: true, ..base };
        assert!(cost(small, 1).is_small());
        assert!(!cost(base, 1).is_small());
        let many_steps = SimulationSettings { grid_size: 4, steps: 10_000, ..base };
        assert!(!cost(many_steps, 1).is_small());
    }
}
