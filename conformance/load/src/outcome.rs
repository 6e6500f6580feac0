//! What a run comes to, before a report is made of it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::tally::Tally;

/// What a run came to.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) tally: Tally,
    /// From the first counted call to the end of the last one.
    pub(super) elapsed: Duration,
    pub(super) ending: Ending,
    /// Calls of an open loop that were due, and for which no stream was free.
    pub(super) not_started: u64,
    /// Streams that the server allows on a connection, if it said so in time.
    pub(super) streams_allowed: usize,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// After its time or its calls.
    #[default]
    Complete,
    /// Somebody interrupted it.
    Interrupted,
    /// The server stopped answering.
    Unanswered,
    /// No connection was left.
    ConnectionsLost,
}
