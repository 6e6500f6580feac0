//! A limit that a test has spent is given back before the next test begins.

use std::time::Instant;

use tokio::time::sleep;

use super::Run;
use crate::check::CheckResult;
use crate::client::{Connection, RATE_INTERVAL};
use crate::procedures::small;
use crate::server::Server;

impl Run {
    /// Waits until callers who share a limit with a test that spent it are admitted: its
    /// rate has been quiet for a second, and its streams have given their places back.
    /// That also follows a test that failed. A server that refuses on is left to the
    /// tests after it.
    pub(super) async fn recover(&self, setup: &str) {
        let Ok(server) = self.servers.shared(setup).await else { return };
        if server.process.is_some() && !server.keys.is_empty() {
            // These tests have keys of their own there.
            return;
        }
        let start = Instant::now();
        while start.elapsed() < self.timeout {
            sleep(RATE_INTERVAL).await;
            if !self.refuses(&server).await.unwrap_or(false) {
                return;
            }
        }
    }

    /// Whether a small call of the last key is refused for a limit.
    async fn refuses(&self, server: &Server) -> CheckResult<bool> {
        let mut call = small();
        call.sign.key = server.keys.len().saturating_sub(1);
        let connection = Connection::open(server).await?;
        let answer = connection.call(&call, server, self.timeout).await?;
        Ok(answer.is_over_a_limit())
    }
}
