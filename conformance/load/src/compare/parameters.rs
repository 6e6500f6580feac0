//! What was called, and how.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was called, and how.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Parameters {
    /// The method's service and name.
    pub method: String,
    /// The request, in proto3 JSON.
    pub data: String,
    /// `new`, `fixed:N` or `of the request`.
    pub seed: String,
    /// Connections.
    pub connections: u64,
    /// Calls at once on each.
    pub streams: u64,
    /// Threads that call.
    pub threads: usize,
    /// Whether calls are signed.
    pub signed: bool,
    /// How long a turn is.
    pub turn_seconds: f64,
    /// Rounds.
    pub rounds: u64,
    /// How often the servers that are commands were started in the course of the
    /// rounds; 1 if there were no such servers.
    pub starts: u64,
    /// Rounds of each start but the last one, which may have fewer.
    pub rounds_a_start: u64,
}

impl Parameters {
    /// Rounds that are one measurement: those of a start, or a single one if there was
    /// one start for all.
    pub(super) fn rounds_as_one(&self) -> usize {
        if self.starts == 1 { 1 } else { self.rounds_a_start as usize }
    }
}
