//! What one call cannot show.

mod auth;
mod beside;
mod caller;
mod calling;
mod chance;
mod frames;
mod limits;
mod settings;
mod shutdown;
mod transport;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::case::Procedure;
use crate::servers::{Running, Servers};
use crate::trouble::{Checked, Trouble};

/// What a procedure works with.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// For a server of its own.
    pub servers: &'a Servers,
    /// The server of the case.
    pub server: &'a Running,
    /// How long to wait for an answer.
    pub patience: Duration,
    /// The numbers of the case, by name.
    pub with: &'a BTreeMap<String, i64>,
}

impl Surroundings<'_> {
    /// A number of the case.
    ///
    /// # Errors
    /// The case has none with this name.
    pub fn number(&self, name: &str) -> Checked<i64> {
        let number = self.with.get(name).copied();
        number.ok_or_else(|| Trouble::Error(format!("the case lacks the number {name}")))
    }
}

/// What these begin with leaves nothing of a server for other cases: it ends, or
/// its only worker or its last connection is taken.
const NEED_THEIR_OWN_SERVER: [&str; 6] = [
    "shutdown/",
    "transport/cancel-",
    "transport/connection-limit",
    "transport/deadline-",
    "transport/lose-connection",
    "transport/queue-",
];

/// Whether it does to its server what no other case should be disturbed by.
#[must_use]
pub fn needs_own_server(procedure: &Procedure) -> bool {
    NEED_THEIR_OWN_SERVER.iter().any(|begin| procedure.name.starts_with(begin))
}

/// Does it.
///
/// # Errors
/// It came otherwise than it should.
pub async fn perform(procedure: &Procedure, with: &Surroundings<'_>) -> Checked {
    let (area, name) = procedure.name.split_once('/').unwrap_or((&procedure.name, ""));
    match area {
        "auth" => auth::perform(name, with).await,
        "beside" => beside::perform(name, with).await,
        "limits" => limits::perform(name, with).await,
        "settings" => settings::perform(name, with).await,
        "shutdown" => shutdown::perform(name, with).await,
        "transport" => transport::perform(name, with).await,
        _ => unknown(&procedure.name),
    }
}

/// A case that names a procedure that there is not.
fn unknown(name: &str) -> Checked {
    Err(Trouble::Error(format!("the suite has no procedure {name}")))
}
