//! The MFN core for Python. Numbers cross as tuples and fields as bytes, which
//! `mycelium_fractal_net_core` makes plain objects and arrays of.
#![forbid(unsafe_code)]

mod answers;
mod ensemble;
mod interrupt;
mod parameters;
mod states;

use mfn_core::features::Extraction;
use mfn_core::validation::{SIMULATIONS, Sample, Training};
use mfn_core::{Features, Simulation, Validation};
use pyo3::prelude::*;
use pyo3::types::PyByteArray;

use answers::{FeaturesTuple, SummaryTuple, ValidationTuple, field, tuple};
use interrupt::{finish, until_finished};

/// The compiled part of `mycelium_fractal_net_core`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use super::{features_of, run_validation, simulate};
    #[pymodule_export]
    use crate::ensemble::simulate_many;
    #[pymodule_export]
    use crate::states::States;
}

/// Runs one simulation; returns its final field in volts, and its summary.
#[pyfunction]
fn simulate(
    py: Python<'_>,
    seed: i64,
    grid_size: i64,
    steps: i64,
    alpha: f64,
    spike_probability: f64,
    turing_enabled: bool,
    quantum_jitter: bool,
) -> PyResult<(Py<PyByteArray>, SummaryTuple)> {
    let params = parameters::simulation(
        seed,
        grid_size,
        steps,
        alpha,
        spike_probability,
        turing_enabled,
        quantum_jitter,
    )?;
    let mut simulation = Simulation::begin(params);
    let steps = params.steps();
    finish(py, &mut simulation, steps)?;
    let summary = py.detach(|| simulation.summary());
    Ok((field(py, &simulation), tuple(&summary)))
}

/// Extracts the features of a field of `size` x `size` cells in volts, given as bytes of doubles, row-major.
#[pyfunction]
fn features_of(py: Python<'_>, field_v: &[u8], size: usize) -> PyResult<FeaturesTuple> {
    let field_v = parameters::field(field_v, size)?;
    let mut extraction = Extraction::new(&field_v, size);
    until_finished(py, &mut extraction, Extraction::is_finished, Extraction::part)?;
    let Features {
        fractal_dimension,
        lacunarity,
        hurst_exponent,
        spectral_energy_mean,
        spectral_energy_std,
        active_nodes,
        edge_density,
        clustering_coefficient,
    } = extraction.conclude();
    Ok((
        fractal_dimension,
        lacunarity,
        hurst_exponent,
        spectral_energy_mean,
        spectral_energy_std,
        active_nodes,
        edge_density,
        clustering_coefficient,
    ))
}

/// Trains the reference network on simulated samples, on this thread.
#[pyfunction]
fn run_validation(
    py: Python<'_>,
    seed: i64,
    epochs: i64,
    batch_size: i64,
    grid_size: i64,
    steps: i64,
    turing_enabled: bool,
    quantum_jitter: bool,
) -> PyResult<ValidationTuple> {
    let params = parameters::validation(
        seed,
        epochs,
        batch_size,
        grid_size,
        steps,
        turing_enabled,
        quantum_jitter,
    )?;
    let mut samples = [Sample::default(); SIMULATIONS];
    for (sample, params) in samples.iter_mut().zip(params.simulations()) {
        let mut simulation = Simulation::begin(params);
        finish(py, &mut simulation, params.steps())?;
        *sample = py.detach(|| Sample::of(&simulation));
    }
    let mut training = Training::new(&params, &samples);
    until_finished(py, &mut training, Training::is_finished, Training::epoch)?;
    let Validation {
        loss_start,
        loss_final,
        loss_drop,
        pot_min_mv,
        pot_max_mv,
        example_fractal_dim,
        lyapunov_exponent,
        growth_events,
        nernst_symbolic_mv,
        nernst_numeric_mv,
    } = training.conclude();
    Ok((
        loss_start,
        loss_final,
        loss_drop,
        pot_min_mv,
        pot_max_mv,
        example_fractal_dim,
        lyapunov_exponent,
        growth_events,
        nernst_symbolic_mv,
        nernst_numeric_mv,
    ))
}
