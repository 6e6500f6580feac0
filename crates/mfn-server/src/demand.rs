//! What a computation asks of the server.

use mfn_core::SimulationParams;

use crate::cost::Cost;

/// Time of a core, and memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demand {
    pub(crate) cost: Cost,
    /// Most bytes that are held while it computes, its answer included.
    pub(crate) bytes: usize,
    /// Those of them that are left when it has computed: its answer's.
    pub(crate) answer_bytes: usize,
}

impl Demand {
    /// Of what holds next to nothing.
    pub(crate) const fn of(cost: Cost) -> Self {
        Self { cost, bytes: 0, answer_bytes: 0 }
    }

    /// The same with the memory of a simulation of `params` and of what is made of
    /// its states when they are summed up.
    pub(crate) fn with_simulation(self, params: &SimulationParams) -> Self {
        // The activator and the inhibitor, beside the field.
        let lattices = if params.turing_enabled() { 3 } else { 1 };
        // A lattice has two rows more than it shows, and its rows are whole vectors, of
        // eight numbers at most. Masks have a byte a cell.
        let row = params.grid_size().next_multiple_of(8) * size_of::<f64>();
        let field = (params.grid_size() + 2) * row;
        Self { bytes: self.bytes + lattices * field + field / 4, ..self }
    }

    /// The same with the memory that the extraction of features works in: the
    /// halves of a complex transform, powers, differences.
    pub(crate) fn with_extraction(self, params: &SimulationParams) -> Self {
        let field = params.grid_size() * params.grid_size() * size_of::<f64>();
        Self { bytes: self.bytes + 3 * field, ..self }
    }

    /// The same with an answer, or frames that are not read yet, of so many bytes.
    pub(crate) fn with_answer(self, answer_bytes: usize) -> Self {
        Self { bytes: self.bytes + answer_bytes, answer_bytes, ..self }
    }
}
