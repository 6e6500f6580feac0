//! Parameters as Python gives them, checked: all violations at once, as `ValueError`.

use mfn_core::params::{GRID_SIZE_MAX, GRID_SIZE_MIN};
use mfn_core::{
    FrameInterval, SimulationParams, SimulationSettings, ValidationParams, ValidationSettings,
    Violations,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// The range of potentials in volts: `spec/simulation.md`.
const FIELD_V: std::ops::RangeInclusive<f64> = -0.095..=0.040;

pub(crate) fn simulation(
    seed: i64,
    grid_size: i64,
    steps: i64,
    alpha: f64,
    spike_probability: f64,
    turing_enabled: bool,
    quantum_jitter: bool,
) -> PyResult<SimulationParams> {
    let settings = SimulationSettings {
        seed: seed_of(seed)?.into(),
        grid_size: saturating(grid_size),
        steps: saturating(steps),
        alpha,
        spike_probability,
        turing_enabled,
        quantum_jitter,
    };
    SimulationParams::try_from(settings).map_err(refusal)
}

pub(crate) fn validation(
    seed: i64,
    epochs: i64,
    batch_size: i64,
    grid_size: i64,
    steps: i64,
    turing_enabled: bool,
    quantum_jitter: bool,
) -> PyResult<ValidationParams> {
    let settings = ValidationSettings {
        seed: seed_of(seed)?,
        epochs: saturating(epochs),
        batch_size: saturating(batch_size),
        grid_size: saturating(grid_size),
        steps: saturating(steps),
        turing_enabled,
        quantum_jitter,
    };
    ValidationParams::try_from(settings).map_err(refusal)
}

pub(crate) fn interval(stream_interval: i64) -> PyResult<FrameInterval> {
    FrameInterval::try_from(saturating(stream_interval)).map_err(refusal)
}

/// A field of `size` x `size` potentials in volts.
pub(crate) fn field(bytes: &[u8], size: usize) -> PyResult<Vec<f64>> {
    let sizes = GRID_SIZE_MIN as usize..=GRID_SIZE_MAX as usize;
    if !sizes.contains(&size) || bytes.len() != size * size * size_of::<f64>() {
        return Err(PyValueError::new_err(format!(
            "the field must be an array (N, N) of doubles with N from {} to {}",
            sizes.start(),
            sizes.end()
        )));
    }
    let field: Vec<f64> = bytemuck::pod_collect_to_vec(bytes);
    match field.iter().find(|&cell| !FIELD_V.contains(cell)) {
        Some(cell) => Err(PyValueError::new_err(format!(
            "the field has a cell of {cell} V, allowed is {FIELD_V:?}"
        ))),
        None => Ok(field),
    }
}

/// The wire's seeds: what a server would take, and no more.
fn seed_of(seed: i64) -> PyResult<i32> {
    i32::try_from(seed).map_err(|_| {
        PyValueError::new_err(format!("seed is {seed}, allowed is {}..={}", i32::MIN, i32::MAX))
    })
}

/// What is beyond an `i32` is beyond every range too, so the nearest one is refused alike.
fn saturating(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX })
}

fn refusal(violations: Violations) -> PyErr {
    PyValueError::new_err(violations.to_string())
}
