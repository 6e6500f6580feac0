//! The states of one simulation while it runs.

use mfn_core::Simulation;
use pyo3::prelude::*;
use pyo3::types::PyByteArray;

use crate::answers::{SummaryTuple, field, tuple};
use crate::interrupt::finish;
use crate::parameters;

/// A step, its field in volts, and its summary.
type State = (u32, Py<PyByteArray>, SummaryTuple);

/// An iterator over the states after every `stream_interval` steps and after the last one.
#[pyclass]
pub(crate) struct States {
    simulation: Simulation,
    steps: std::vec::IntoIter<u32>,
}

#[pymethods]
impl States {
    #[new]
    fn new(
        seed: i64,
        grid_size: i64,
        steps: i64,
        stream_interval: i64,
        alpha: f64,
        spike_probability: f64,
        turing_enabled: bool,
        quantum_jitter: bool,
    ) -> PyResult<Self> {
        let params = parameters::simulation(
            seed,
            grid_size,
            steps,
            alpha,
            spike_probability,
            turing_enabled,
            quantum_jitter,
        )?;
        let steps: Vec<u32> =
            parameters::interval(stream_interval)?.frames(params.steps()).collect();
        Ok(Self { simulation: Simulation::begin(params), steps: steps.into_iter() })
    }

    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Option<State>> {
        // A signal leaves the step to be made, so that the iteration can go on after it.
        let Some(&step) = self.steps.as_slice().first() else { return Ok(None) };
        finish(py, &mut self.simulation, step)?;
        self.steps.next();
        let summary = py.detach(|| self.simulation.summary());
        Ok(Some((step, field(py, &self.simulation), tuple(&summary))))
    }
}
