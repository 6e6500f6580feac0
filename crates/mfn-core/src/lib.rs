//! The mathematics of MFN, with one answer for one request, to the last bit,
//! on every machine.
//!
//! A request's numbers are checked once, by [`SimulationParams::try_from`];
//! nothing after that can fail. A [`Simulation`] is then stepped, and any of
//! its states can be looked at:
//!
//! ```
//! use mfn_core::{Simulation, SimulationParams, SimulationSettings};
//!
//! let settings = SimulationSettings { seed: 42, ..SimulationSettings::default() };
//! let params = SimulationParams::try_from(settings)?;
//! let result = Simulation::run(params).summary();
//! assert_eq!(result.fractal_dimension, 1.774263517239971);
//! assert_eq!(result.growth_events, 12);
//! # Ok::<(), mfn_core::Violations>(())
//! ```
//!
//! There is no I/O here, no clock, no thread, and no number that a platform's
//! mathematical library has rounded: see [`exact_math`].
#![forbid(unsafe_code)]

mod aligned;
mod chacha;
mod diffusion;
pub mod exact_math;
mod fast_ln;
pub mod features;
mod instruction_set;
mod lattice;
mod lifted;
pub mod mask;
mod model;
pub mod normal;
pub mod params;
#[cfg(any(test, feature = "reference"))]
pub mod reference;
pub mod simulation;
pub mod statistics;
mod stencil;
#[cfg(test)]
mod tests;
mod turing;
pub mod validation;
pub mod words;

pub use features::Features;
pub use instruction_set::InstructionSet;
pub use params::{FrameInterval, SimulationParams, SimulationSettings, Violation, Violations};
pub use simulation::{Simulation, Summary};
pub use statistics::Statistics;
pub use validation::{Validation, ValidationParams, ValidationSettings};
