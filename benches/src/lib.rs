//! What the benches share, and what of them has tests.
#![forbid(unsafe_code)]

pub mod counts;
pub mod report;

use mfn_core::{SimulationParams, SimulationSettings};

/// A simulation of seed 42, whose other parameters are the defaults.
///
/// # Panics
/// They are not admissible.
#[must_use]
pub fn params(grid_size: i32, steps: i32, turing_enabled: bool) -> SimulationParams {
    let settings = SimulationSettings {
        seed: 42,
        grid_size,
        steps,
        turing_enabled,
        ..SimulationSettings::default()
    };
    SimulationParams::try_from(settings).expect("the benches' parameters are admissible")
}
