//! Validation: a small network is trained on simulated patterns, and one more
//! pattern is looked at closely: `spec/validation.md`.
//!
//! Nearly all of the work is in simulations that know nothing of each other.
//! [`Validation::run`] makes them one after the other. A caller with threads
//! of its own, or with somebody waiting, takes them in its own hands; where
//! and in which order they finish does not matter, only their places:
//!
//! ```
//! use mfn_core::{Simulation, Validation, ValidationParams, ValidationSettings};
//! use mfn_core::validation::{SIMULATIONS, Sample};
//!
//! let settings = ValidationSettings { grid_size: 16, steps: 8, ..ValidationSettings::default() };
//! let params = ValidationParams::try_from(settings)?;
//! let mut samples = [Sample::default(); SIMULATIONS];
//! for (sample, simulation) in samples.iter_mut().zip(params.simulations()).rev() {
//!     *sample = Sample::of(&Simulation::run(simulation));
//! }
//! assert_eq!(Validation::conclude(&params, &samples), Validation::run(&params));
//! # Ok::<(), mfn_core::Violations>(())
//! ```

mod adam;
mod data_set;
mod ifs;
mod linear;
mod nernst;
pub(crate) mod network;
mod params;
mod training;

pub use data_set::{PATTERN_THRESHOLD_V, Sample};
pub use params::{
    BATCH_SIZE_MAX, BATCH_SIZE_MIN, EPOCHS_MAX, EPOCHS_MIN, SIMULATIONS, ValidationParams,
    ValidationSettings,
};
pub use training::Training;

use crate::{InstructionSet, Simulation};

/// The answer of `ValidatePattern`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Validation {
    /// Mean squared error of the first batch, before its update.
    pub loss_start: f64,
    /// Mean squared error of the last batch, before its update.
    pub loss_final: f64,
    /// What the loss fell by, `loss_start - loss_final`; below zero if it rose.
    pub loss_drop: f64,
    /// Smallest potential in the data set's fields, mV.
    pub pot_min_mv: f64,
    /// Largest potential in the data set's fields, mV.
    pub pot_max_mv: f64,
    /// Box dimension of the example's cells above -60 mV: about 0 to 2.
    pub example_fractal_dim: f64,
    /// Lyapunov exponent of the iterated function system, per point.
    pub lyapunov_exponent: f64,
    /// Growth events of the example.
    pub growth_events: u32,
    /// Nernst potential of potassium from a difference of logarithms, mV.
    pub nernst_symbolic_mv: f64,
    /// The same from the logarithm of a quotient, mV.
    pub nernst_numeric_mv: f64,
}

impl Validation {
    /// Makes all simulations, and concludes from them.
    #[must_use]
    pub fn run(params: &ValidationParams) -> Self {
        Self::with_instruction_set(params, InstructionSet::detect())
    }

    /// [`Self::run`], but with the vector instructions of the caller's choice.
    /// The answer does not depend on it.
    #[must_use]
    pub fn with_instruction_set(params: &ValidationParams, set: InstructionSet) -> Self {
        let samples = params.simulations().map(|params| {
            let mut simulation = Simulation::with_instruction_set(params, set);
            simulation.advance_to(params.steps());
            Sample::with_instruction_set(&simulation, set)
        });
        Training::with_instruction_set(params, &samples, set).conclude()
    }

    /// Trains the network, given a sample of each of
    /// [`ValidationParams::simulations`] at its end, in their order.
    #[must_use]
    pub fn conclude(params: &ValidationParams, samples: &[Sample; SIMULATIONS]) -> Self {
        Training::new(params, samples).conclude()
    }
}
