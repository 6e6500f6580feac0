//! MFN in plain code: the same answers as the rest of the crate, bit for bit,
//! from one number at a time, in the words and the order of `spec/`.
//!
//! It is slow, and it shares nothing with the code that it checks but the
//! correctly rounded functions of `pxfm`. Compiled for tests, benches and the
//! conformance suite only.

mod features;
mod simulation;
mod statistics;
mod validation;
mod words;

pub use features::{
    Features, clustering_coefficient, edge_density, features, hurst_exponent, lacunarity, power,
    variogram,
};
pub use simulation::{MODEL, Model, Parameters, Simulation};
pub use statistics::{Summary, box_dimension, mean_v, sum8, summary};
pub use validation::{Validation, ValidationParameters, validation};
pub use words::{Stream, below, normal, uniform};
