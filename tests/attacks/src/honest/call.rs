//! The calls of a round.

use serde_json::{Value, json};

use crate::attacks::{CHECK, RUN};

/// A call of a round.
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) request: Value,
    /// By Connect on a connection of its own.
    pub(super) is_on_new_connection: bool,
}

impl Call {
    pub(super) fn of_round(round: i32) -> [Self; 4] {
        // What no round before has asked for is not answered from what is kept.
        let new = json!({"seed": 1000 + round});
        let small = json!({"gridSize": 4, "steps": 1, "seed": 7});
        [
            (CHECK, json!({}), false),
            (RUN, small.clone(), false),
            (RUN, new, false),
            (RUN, small, true),
        ]
        .map(|(method, request, is_on_new_connection)| Self {
            method,
            request,
            is_on_new_connection,
        })
    }
}
