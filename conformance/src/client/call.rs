//! A call from its request to the end of its answer.

use std::time::Duration;

use tokio::time::sleep;

use super::RATE_INTERVAL;
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

/// Calls again that a limit refuses, each when the rate of a second ago is forgotten.
const TRIES: u32 = 3;

/// The answer that `call` gives, once no limit refuses it. A server that the suite has not
/// started may have any limits, and tests share them.
///
/// # Errors
/// Those of `call`.
pub(crate) async fn admitted<F, E>(
    server: &Server,
    mut call: impl FnMut() -> F,
) -> Result<Answer, E>
where
    F: Future<Output = Result<Answer, E>>,
{
    let mut answer = call().await?;
    for _ in 0..TRIES {
        if server.process.is_some() || !answer.is_over_a_limit() {
            break;
        }
        sleep(RATE_INTERVAL).await;
        answer = call().await?;
    }
    Ok(answer)
}
