//! Results for programs: one JSON object, with the wire's field names.

use std::io::{self, BufWriter, Write as _};

use mfn_core::SimulationParams;
use serde::Serialize;

/// What was asked, and what came of it.
#[derive(Serialize)]
pub(crate) struct Answer<Request, Outcome> {
    pub(crate) request: Request,
    pub(crate) result: Outcome,
}

impl<Request: Serialize, Outcome: Serialize> Answer<Request, Outcome> {
    /// Prints it. Doubles have the fewest digits that read back to the same
    /// bits.
    ///
    /// # Errors
    /// Standard output cannot be written to.
    pub(crate) fn print(&self) -> io::Result<()> {
        let mut out = BufWriter::new(io::stdout().lock());
        serde_json::to_writer_pretty(&mut out, self)?;
        writeln!(out)?;
        out.flush()
    }
}

/// A simulation's parameters.
#[derive(Serialize)]
pub(crate) struct SimulationRequest {
    seed: i64,
    grid_size: usize,
    steps: u32,
    alpha: f64,
    spike_probability: f64,
    turing_enabled: bool,
    /// No simulation's request has it on the wire, so it shows only if it is on.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    quantum_jitter: bool,
}

impl From<&SimulationParams> for SimulationRequest {
    fn from(params: &SimulationParams) -> Self {
        Self {
            seed: params.seed(),
            grid_size: params.grid_size(),
            steps: params.steps(),
            alpha: params.alpha(),
            spike_probability: params.spike_probability(),
            turing_enabled: params.turing_enabled(),
            quantum_jitter: params.quantum_jitter(),
        }
    }
}
