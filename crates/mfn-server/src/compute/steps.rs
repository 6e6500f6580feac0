//! The long parts of computations, with a turn for others between pieces of them.

use mfn_core::features::Extraction;
use mfn_core::{Features, Simulation};

use super::turn::Turn;

/// Renewals of a cell after which others may have their turn: some tens of
/// microseconds, or hundreds with jitter.
const CELLS_A_PIECE: usize = 64 * 1024;

/// Computes `simulation` until `step` steps are made, or all of them.
pub(crate) async fn run_to(simulation: &mut Simulation, step: u32, turn: &Turn) {
    let size = simulation.params().grid_size();
    let parts = (CELLS_A_PIECE / (size * size)).max(1);
    let mut advance = simulation.advance_in_parts(step);
    loop {
        for _ in 0..parts {
            if advance.is_finished() {
                return;
            }
            advance.part();
        }
        turn.give_way().await;
    }
}

/// The features of the present state of `simulation`.
pub(crate) async fn extract(simulation: &Simulation, turn: &Turn) -> Features {
    turn.give_way().await;
    let mut extraction = Extraction::new(simulation.field_v(), simulation.params().grid_size());
    while !extraction.is_finished() {
        extraction.part();
        turn.give_way().await;
    }
    extraction.conclude()
}
