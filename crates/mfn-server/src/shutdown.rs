//! The end of a server, in phases.

use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What is left for the last statuses to reach their callers, once all calls
/// have been told to end.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// What the audit has beyond the grace to write its last lines. After the process
/// has half a second, whatever takes these, so this leaves some of it.
pub(crate) const LAST_LINES: Duration = Duration::from_millis(380);

/// The phases of a server's end, each of which comes when its token is cancelled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Phases {
    /// No new connections; those there are finish their calls and close.
    pub(crate) draining: CancellationToken,
    /// Calls still in flight end, as UNAVAILABLE.
    pub(crate) cut_off: CancellationToken,
    /// Connections still open are closed.
    pub(crate) closing: CancellationToken,
}

impl Phases {
    /// The same phases for one thread, which then shares no lock with others
    /// while it asks for them.
    pub(crate) fn of_a_thread(&self) -> Self {
        Self {
            draining: self.draining.child_token(),
            cut_off: self.cut_off.child_token(),
            closing: self.closing.child_token(),
        }
    }

    /// Goes through all phases, the first of which lasts for `grace` at most,
    /// and each only as long as there are `connections`.
    pub(crate) async fn go_through(&self, grace: Duration, connections: &TaskTracker) {
        connections.close();
        self.draining.cancel();
        if timeout(grace, connections.wait()).await.is_err() {
            tracing::warn!(
                connections = connections.len(),
                "the grace of the shutdown is over: ending the calls still in flight"
            );
            self.cut_off.cancel();
            timeout(LAST_WORDS, connections.wait()).await.ok();
        }
        self.closing.cancel();
    }
}
