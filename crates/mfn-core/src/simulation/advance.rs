//! The way to a step, in parts.

use super::{Phase, Simulation};

/// A simulation on its way to a step. When this is dropped, the simulation is where it
/// has come to.
#[derive(Debug)]
pub struct Advance<'a> {
    pub(super) simulation: &'a mut Simulation,
    pub(super) step: u32,
}

impl Advance<'_> {
    /// Whether the step is reached, or all steps are made.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        let Simulation { phase, steps_done, .. } = *self.simulation;
        let is_begun = !matches!(phase, Phase::Start(_));
        is_begun && (steps_done >= self.step || self.simulation.is_finished())
    }

    /// Completed steps.
    #[must_use]
    pub fn steps_done(&self) -> u32 {
        self.simulation.steps_done
    }

    /// Does a part of the way: all of a step on a small lattice, else about a
    /// millisecond's work at most. Does nothing at the end of the way.
    pub fn part(&mut self) {
        if !self.is_finished() {
            self.simulation.part();
        }
    }
}

impl Drop for Advance<'_> {
    fn drop(&mut self) {
        self.simulation.field.put_in_order();
    }
}
