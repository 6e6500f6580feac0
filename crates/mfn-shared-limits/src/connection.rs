//! The connection to the store as the session sees it: commands go in, and replies come out
//! in the same order.

use std::fmt;
use std::future::Future;

use crate::command::{Command, Reply};

/// Makes connections.
pub(crate) trait Connect: Send + 'static {
    type Connection: Connection;

    /// Connects, and makes sure that the store can be worked with.
    fn connect(&self) -> impl Future<Output = Result<Self::Connection, ConnectError>> + Send;
}

/// One connection. The store carries out commands in the order in which they are sent, and
/// answers to several batches can be awaited at once.
pub(crate) trait Connection: Send + 'static {
    /// Has the store carry out the commands, in this order.
    ///
    /// # Errors
    /// The connection broke; some of the commands may have been carried out.
    fn send(
        &mut self,
        commands: Vec<Command>,
    ) -> impl Future<Output = Result<Vec<Reply>, BrokenConnection>> + Send + 'static;
}

/// Why there is no connection, in words that have no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConnectError(pub(crate) String);

impl ConnectError {
    pub(crate) fn new(what: &str, error: impl fmt::Display) -> Self {
        Self(format!("{what}: {error}"))
    }
}

/// Why a connection has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BrokenConnection(pub(crate) String);
