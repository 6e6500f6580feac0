//! Whether there is anything to test.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::alive::asks_for_a_key;
use super::{ANY, NoServer, Running, Servers, Target};

/// Looks whether a server at an address is ready are so far apart.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// What is wrong with a server that refuses the key it is called with, or the lack of one.
const NEEDS_KEY: &str = "the server asks for a key; name one with --api-key";

impl Servers {
    /// Whether anything can be tested: the server at the address answers within this
    /// time, or the command starts one, however long that may take.
    ///
    /// # Errors
    /// Nothing can be: why.
    pub async fn ready(&self, within: Duration) -> Result<(), String> {
        let start = Instant::now();
        loop {
            match self.fresh_or_shared().await {
                // The suite has told a server that it starts which keys there are.
                Ok(server) if !self.is_spawned() && asks_for_a_key(&server, self.timeout).await => {
                    return Err(NEEDS_KEY.to_owned());
                }
                Ok(_) => return Ok(()),
                // A command has had its time to start, and what came of it stands.
                Err(none) if self.is_spawned() || start.elapsed() >= within => {
                    return Err(none.to_string());
                }
                Err(_) => sleep(LOOK_EVERY).await,
            }
        }
    }

    fn is_spawned(&self) -> bool {
        matches!(self.target, Target::Spawn(_))
    }

    /// One that the suite has started is kept. An address is looked at anew.
    async fn fresh_or_shared(&self) -> Result<Running, NoServer> {
        match &self.target {
            Target::Spawn(_) => self.shared(ANY).await,
            Target::Address(_) => self.fresh(ANY).await,
        }
    }
}
