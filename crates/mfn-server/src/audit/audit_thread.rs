//! The end of the thread that writes the audit.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tokio::time::timeout_at;

use super::backlog::Backlog;
use crate::shutdown::LAST_LINES;
use crate::thread::Thread;

/// How often it is then looked whether they are written.
const LOOK: Duration = Duration::from_millis(2);

/// The thread that writes. It ends when nobody has an audit any more and all is
/// written. Dropped, this waits for that, but only for a moment.
#[derive(Debug)]
pub(crate) struct AuditThread {
    thread: Thread,
    backlog: Arc<Backlog>,
}

impl AuditThread {
    pub(super) fn new(thread: Thread, backlog: Arc<Backlog>) -> Self {
        Self { thread, backlog }
    }

    pub(crate) fn thread(&self) -> &Thread {
        &self.thread
    }

    /// Waits until all is written, but no longer than until then.
    pub(crate) async fn ended(self, end_by: tokio::time::Instant) {
        if timeout_at(end_by, self.thread.ended()).await.is_err() {
            self.backlog.give_up();
        }
    }
}

impl Drop for AuditThread {
    fn drop(&mut self) {
        let end_by = Instant::now() + LAST_LINES;
        while !self.thread.has_ended() && !self.backlog.is_given_up() {
            if Instant::now() >= end_by {
                self.backlog.give_up();
            }
            sleep(LOOK);
        }
        // A pipe that nobody reads or a full disk: nothing but a count is left.
        let calls = self.backlog.calls();
        if calls > 0 {
            tracing::error!(calls, "the server ends, and its last calls are not in the audit log");
        }
    }
}
