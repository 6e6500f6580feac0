//! A call from its request to the end of its answer.

use std::time::Duration;

use super::answer::Answer;
use super::connection::{CallError, Connection};
use super::exchange::Exchange;
use super::prepare::prepare;
use crate::case::Call;
use crate::server::Server;

impl Connection {
    /// Calls `server`, which this is a connection to, and waits for the end.
    ///
    /// # Errors
    /// The call is none, the connection breaks, or a part of the answer does not come within
    /// `timeout`.
    pub async fn call(
        &self,
        call: &Call,
        server: &Server,
        timeout: Duration,
    ) -> Result<Answer, CallError> {
        let outgoing = prepare(call, server)?.outgoing;
        Exchange::begin(self, outgoing).await?.end(timeout).await
    }
}
