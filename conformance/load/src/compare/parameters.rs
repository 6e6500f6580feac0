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
}
