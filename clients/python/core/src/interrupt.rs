//! Long work without the interpreter's lock, which Ctrl-C stops.

use mfn_core::Simulation;
use mfn_core::simulation::Advance;
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
    let parts = parts_of_a_slice(simulation);
    let mut advance = simulation.advance_in_parts(step);
    until_finished(py, &mut advance, Advance::is_finished, |advance| slice(advance, parts))
}

/// How many parts of a simulation's steps are done between two looks for a signal.
pub(crate) fn parts_of_a_slice(simulation: &Simulation) -> usize {
    (SLICE_CELLS / simulation.params().grid_size().pow(2)).max(1)
}

/// Does so many parts, or those that are left.
pub(crate) fn slice(advance: &mut Advance<'_>, parts: usize) {
    for _ in 0..parts {
        if advance.is_finished() {
            return;
        }
        advance.part();
    }
}
