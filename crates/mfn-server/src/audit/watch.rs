//! Watches the audit from outside its thread, which may be stuck in a write.

use tokio::time::sleep;

use super::Audit;
use super::sums::INTERVAL;

impl Audit {
    /// Without end: says in the log, and by `tell_stalled`, whenever the sink has
    /// taken nothing for too long and whenever it works again; and writes once a
    /// second how many calls have no lines of their own.
    pub(crate) async fn watch(&self, tell_stalled: impl Fn(bool)) -> ! {
        tokio::join!(self.watch_sink(tell_stalled), self.write_sums()).0
    }

    async fn watch_sink(&self, tell_stalled: impl Fn(bool)) -> ! {
        let sink = &self.0.sink;
        loop {
            let reason = self.0.backlog.stalls().await;
            tell_stalled(true);
            tracing::error!(sink, reason, "the audit log takes nothing: calls are refused");
            let refused = self.0.backlog.recovers().await;
            tell_stalled(false);
            tracing::warn!(sink, refused, "the audit log is written again: calls are taken");
        }
    }

    async fn write_sums(&self) -> ! {
        loop {
            sleep(INTERVAL).await;
            // Where nothing is taken, counts take no room in the queue.
            if !self.0.backlog.is_full() {
                self.0.send_sums();
            }
        }
    }
}
