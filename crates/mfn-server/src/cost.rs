//! What a computation is expected to take, known before it begins.

use mfn_core::SimulationParams;

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

    pub(crate) fn is_small(self) -> bool {
        self <= Self::SMALL
    }
}

#[cfg(test)]
mod tests {
    use mfn_core::SimulationSettings;

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
    fn a_small_lattice_is_small_and_the_default_is_not() {
        let base = SimulationSettings::default();
        let small = SimulationSettings { grid_size: 16, steps: 16, turing_enabled: true, ..base };
        assert!(cost(small, 1).is_small());
        assert!(!cost(base, 1).is_small());
        let many_steps = SimulationSettings { grid_size: 4, steps: 10_000, ..base };
        assert!(!cost(many_steps, 1).is_small());
    }
}
