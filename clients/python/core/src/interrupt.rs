//! Long work without the interpreter's lock, which Ctrl-C stops.

use mfn_core::Simulation;
use pyo3::prelude::*;

/// Cell updates between two looks for a signal: some ten milliseconds of them.
const SLICE_CELLS: usize = 1 << 25;

/// Does `part` after `part` of `work` until it is finished. Each part takes milliseconds at most.
///
/// # Errors
/// What the handler of a signal raised, such as `KeyboardInterrupt`.
pub(crate) fn until_finished<W: Send>(
    py: Python<'_>,
    work: &mut W,
    is_finished: impl Fn(&W) -> bool,
    part: impl Fn(&mut W) + Send + Sync,
) -> PyResult<()> {
    while !is_finished(work) {
        py.detach(|| part(work));
        py.check_signals()?;
    }
    Ok(())
}

/// Makes a simulation's steps until `step` of them are made.
///
/// # Errors
/// As [`until_finished`].
pub(crate) fn finish(py: Python<'_>, simulation: &mut Simulation, step: u32) -> PyResult<()> {
    until_finished(py, simulation, |work| work.steps_done() >= step, |work| slice(work, step))
}

/// Makes some of a simulation's steps, at most until `step` of them are made.
pub(crate) fn slice(simulation: &mut Simulation, step: u32) {
    let size = simulation.params().grid_size();
    for _ in 0..(SLICE_CELLS / (size * size)).max(1) {
        if simulation.steps_done() >= step {
            return;
        }
        simulation.part();
    }
}
