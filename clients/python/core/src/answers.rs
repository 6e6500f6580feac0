//! How answers cross to Python: numbers as tuples, fields as bytes.

use mfn_core::{Simulation, Summary};
use pyo3::prelude::*;
use pyo3::types::PyByteArray;

/// Growth events, then smallest, largest and mean potential, standard deviation (mV), and fractal dimension.
pub(crate) type SummaryTuple = (u32, f64, f64, f64, f64, f64);
/// `Features` in the order of its fields.
pub(crate) type FeaturesTuple = (f64, f64, f64, f64, f64, u32, f64, f64);
/// `Validation` in the order of its fields.
pub(crate) type ValidationTuple = (f64, f64, f64, f64, f64, f64, f64, u32, f64, f64);

/// The field of a state in volts, as bytes that Python may write to.
pub(crate) fn field(py: Python<'_>, simulation: &Simulation) -> Py<PyByteArray> {
    PyByteArray::new(py, bytemuck::cast_slice(simulation.field_v())).unbind()
}

pub(crate) fn tuple(summary: &Summary) -> SummaryTuple {
    let statistics = summary.statistics;
    (
        summary.growth_events,
        statistics.min_mv,
        statistics.max_mv,
        statistics.mean_mv,
        statistics.std_mv,
        summary.fractal_dimension,
    )
}
