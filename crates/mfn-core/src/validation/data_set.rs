//! What a validation keeps of each simulation, and what the network sees of
//! it: `spec/validation.md`.

use crate::mask::Mask;
use crate::statistics::{extremes, mean_and_std};
use crate::{InstructionSet, Simulation, features};

/// Samples in the data set.
pub(super) const SAMPLES: usize = 16;
/// Numbers that the network sees of a sample.
pub(super) const INPUTS: usize = 4;

/// Cells above this are the pattern whose dimension is taken, in volts.
pub const PATTERN_THRESHOLD_V: f64 = -0.060;
/// What brings potentials in volts to the size of the dimension.
const POTENTIAL_SCALE: f64 = 100.0;

/// What a validation keeps of one simulation. The default is a slot that is
/// still to be filled.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// Box dimension of the cells above -60 mV.
    pub(super) fractal_dimension: f64,
    mean_v: f64,
    std_v: f64,
    min_v: f64,
    max_v: f64,
    pub(super) growth_events: u32,
}

impl Sample {
    /// Of a simulation's present state.
    #[must_use]
    pub fn of(simulation: &Simulation) -> Self {
        Self::with_instruction_set(simulation, InstructionSet::detect())
    }

    pub(super) fn with_instruction_set(simulation: &Simulation, set: InstructionSet) -> Self {
        let (field_v, size) = (simulation.field_v(), simulation.params().grid_size());
        set.run(
            #[inline(always)]
            || {
                let pattern = Mask::above(field_v, size, PATTERN_THRESHOLD_V);
                let (mean_v, std_v) = mean_and_std(field_v, 1.0);
                let (min_v, max_v) = extremes(field_v);
                Self {
                    fractal_dimension: features::box_dimension(&pattern),
                    mean_v,
                    std_v,
                    min_v,
                    max_v,
                    growth_events: simulation.growth_events(),
                }
            },
        )
    }

    /// What the network sees: dimension, mean, standard deviation, largest.
    pub(super) fn input(&self) -> [f64; INPUTS] {
        [
            self.fractal_dimension,
            POTENTIAL_SCALE * self.mean_v,
            POTENTIAL_SCALE * self.std_v,
            POTENTIAL_SCALE * self.max_v,
        ]
    }

    /// What the network is to learn.
    pub(super) fn target(&self) -> f64 {
        let [dimension, mean, std, _] = self.input();
        0.5 * dimension + 0.2 * mean - 0.1 * std
    }
}

/// The smallest and the largest potential of all fields, in volts.
pub(super) fn potential_range_v(samples: &[Sample]) -> (f64, f64) {
    samples.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), sample| {
        let min = if sample.min_v < min { sample.min_v } else { min };
        let max = if sample.max_v > max { sample.max_v } else { max };
        (min, max)
    })
}
