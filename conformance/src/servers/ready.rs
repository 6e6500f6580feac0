//! Whether there is anything to test.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::alive::asks_for_a_key;
use super::{ANY, Servers, Target};

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
        match &self.target {
            // It has had its time to start, and what came of it stands. The server is kept.
            Target::Spawn(_) => self.shared(ANY).await.map(drop).map_err(|none| none.to_string()),
            Target::Address(_) => self.answers_to_us(within).await,
        }
    }

    /// Whether the server at the address answers within this time, and asks for no key that the
    /// suite has not. One that the suite starts has been told which keys there are.
    async fn answers_to_us(&self, within: Duration) -> Result<(), String> {
        let start = Instant::now();
        let server = loop {
            match self.fresh(ANY).await {
                Ok(server) => break server,
                Err(none) if start.elapsed() >= within => return Err(none.to_string()),
                Err(_) => sleep(LOOK_EVERY).await,
            }
        };
        let is_refused = asks_for_a_key(&server, self.timeout).await;
        if is_refused { Err(NEEDS_KEY.to_owned()) } else { Ok(()) }
    }
}
