//! What comes of the start of a server that may refuse to start.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::alive::answers;
use crate::server::{Server, Spawn};

/// It is looked at so often.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What a server does that was started with a value that is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Start {
    /// It ended by itself.
    Ended(ExitStatus),
    /// It runs, and answers a call.
    Answers,
    /// It neither ends nor answers in the time that a server has to start.
    Neither,
}

/// Waits until `server` has ended or answers a call, for as long as a server may
/// take to start. Only a server that answers is said to run.
pub(super) async fn start(spawn: &Spawn, server: &Server, timeout: Duration) -> Start {
    let start = Instant::now();
    loop {
        if let Some(status) = server.ended() {
            return Start::Ended(status);
        }
        if answers(server, timeout).await.is_ok() {
            return Start::Answers;
        }
        if start.elapsed() > spawn.start_within {
            return Start::Neither;
        }
        sleep(LOOK_EVERY).await;
    }
}
