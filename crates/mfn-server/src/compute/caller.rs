//! Who waits for a computation, as the computation sees it.

use mfn_core::Simulation;
use tokio::sync::{mpsc, oneshot};

use crate::error::Error;

/// The caller has gone: nobody wants the rest of the computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallerGone;

/// Who waits for a computation.
pub(crate) trait Caller {
    /// To be asked between pieces of work: of at most about a millisecond, or of
    /// one step of a simulation, which on the largest lattice takes some.
    ///
    /// # Errors
    /// The computation is to stop.
    fn wants_more(&self) -> Result<(), CallerGone>;
}

/// Steps until `step` steps are made, as long as the caller is there.
pub(crate) fn advance(
    simulation: &mut Simulation,
    step: u32,
    caller: &dyn Caller,
) -> Result<(), CallerGone> {
    while simulation.steps_done() < step && !simulation.is_finished() {
        caller.wants_more()?;
        simulation.step();
    }
    Ok(())
}

/// A caller who cannot go, since the computation runs in its own thread.
pub(super) struct StillHere;

impl Caller for StillHere {
    fn wants_more(&self) -> Result<(), CallerGone> {
        Ok(())
    }
}

impl<T> Caller for oneshot::Sender<T> {
    fn wants_more(&self) -> Result<(), CallerGone> {
        if self.is_closed() { Err(CallerGone) } else { Ok(()) }
    }
}

impl<T> Caller for mpsc::Sender<Result<T, Error>> {
    fn wants_more(&self) -> Result<(), CallerGone> {
        if self.is_closed() { Err(CallerGone) } else { Ok(()) }
    }
}
