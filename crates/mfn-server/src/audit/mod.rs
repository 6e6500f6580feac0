//! The audit: one line a call, however it ends.
//!
//! Calls leave their records in a queue; one thread makes lines of them and
//! writes these. While it cannot write as fast as calls end, nothing is read from
//! or written to any connection, so that calls wait: no record is lost. If the
//! sink takes nothing at all, this ends after two seconds, and calls are refused
//! instead. Calls of callers who cannot be held to account are counted in one line
//! a second when they are many.

mod audit_thread;
mod backlog;
mod observed;
mod one_line;
mod record;
#[cfg(test)]
mod simulated;
mod sink;
mod sums;
#[cfg(test)]
mod tests;
mod timestamp;
mod watch;
mod writer;

use std::io;
use std::sync::{Arc, Weak};
use std::time::SystemTime;

use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::{thread, wall_clock};
pub(crate) use audit_thread::AuditThread;
use backlog::Backlog;
pub(crate) use backlog::MAX_WAITING;
pub(crate) use observed::Observed;
pub use one_line::write as write_json_line;
pub(crate) use record::{Method, Outcome, Record};
#[cfg(test)]
pub(crate) use simulated::Unwritten;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use sink::OtherSink;
pub(crate) use sink::Sink;
use sums::{Sum, Sums};
pub use timestamp::rfc3339;
use writer::Writer;

/// What tells a line of the audit from one of the log, where both are on one stream.
const KIND: &str = "audit";
/// The thread that writes it.
const THREAD: &str = "mfn-audit";

/// Takes the records of calls.
#[derive(Clone, Debug)]
pub(crate) struct Audit(Arc<Queue>);

#[derive(Debug)]
struct Queue {
    messages: mpsc::UnboundedSender<Message>,
    backlog: Arc<Backlog>,
    sums: Sums,
    /// What the sink is called.
    sink: String,
}

/// What the writer is told.
#[derive(Debug)]
enum Message {
    Write(Record),
    /// Calls that have no lines of their own, and when they were counted.
    WriteSum(Sum, SystemTime),
    /// Look whether the file is to be opened anew.
    Reopen,
}

impl Audit {
    /// Starts to write to `sink`, on a thread of its own, which a write may keep waiting.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(crate) fn start(sink: Sink) -> io::Result<(Self, AuditThread)> {
        let (audit, writer) = Self::new(sink, MAX_WAITING);
        let timers = Builder::new_current_thread().enable_time().build();
        let timers =
            timers.map_err(|error| thread::named(&error, &format!("the timers of {THREAD}")))?;
        let thread = thread::start(THREAD, move || timers.block_on(writer.run()))?;
        let thread = AuditThread::new(thread, Arc::clone(&audit.0.backlog));
        Ok((audit, thread))
    }

    /// An audit, of which `max_waiting` lines may wait before calls do, and its writer, which
    /// writes to `sink` as long as somebody runs it.
    fn new(sink: Sink, max_waiting: usize) -> (Self, Writer) {
        let (messages, received) = mpsc::unbounded_channel();
        let backlog = Arc::new(Backlog::new(max_waiting));
        let sink_name = sink.to_string();
        let writer = Writer::new(received, sink, Arc::clone(&backlog));
        let queue = Queue { messages, backlog, sums: Sums::default(), sink: sink_name };
        (Self(Arc::new(queue)), writer)
    }

    /// Takes a record; never waits. A call that was let in has its place in the
    /// queue; others are counted if there is none.
    pub(crate) fn record(&self, record: Record) {
        let Queue { backlog, sums, .. } = &*self.0;
        if record.may_be_summed() && (backlog.is_full() || !sums.grant_line(Instant::now())) {
            sums.count(&record.outcome);
        } else {
            self.0.send(Message::Write(record), 1);
        }
    }

    /// Whether a call that comes now can be recorded. If not, it is to be refused,
    /// and is counted as refused.
    pub(crate) fn admits(&self) -> bool {
        let is_stalled = self.0.backlog.is_stalled();
        if is_stalled {
            self.0.backlog.refuse();
        }
        !is_stalled
    }

    /// Waits until the writer has caught up, if it is behind and the sink takes
    /// what it writes.
    pub(crate) async fn caught_up(&self) {
        self.0.backlog.has_room().await;
    }

    /// One that does not keep the thread from ending.
    pub(crate) fn downgrade(&self) -> WeakAudit {
        WeakAudit(Arc::downgrade(&self.0))
    }
}

impl Queue {
    /// Sends the line of so many calls.
    fn send(&self, line: Message, calls: u64) {
        self.backlog.add(calls);
        // The writer ends after the last of those who write to it.
        self.messages.send(line).ok();
    }

    /// Sends how many calls were counted, of each kind.
    fn send_sums(&self) {
        for sum in self.sums.take() {
            let calls = sum.count();
            self.send(Message::WriteSum(sum, wall_clock::now()), calls);
        }
    }
}

impl Drop for Queue {
    /// Nobody is left who could record a call.
    fn drop(&mut self) {
        self.send_sums();
    }
}

/// Where records would go, if calls still come.
#[derive(Clone, Debug)]
pub(crate) struct WeakAudit(Weak<Queue>);

impl WeakAudit {
    /// How many lines wait to be written.
    pub(crate) fn waiting(&self) -> usize {
        self.0.upgrade().map_or(0, |queue| queue.backlog.waiting())
    }

    /// Opens the file anew.
    pub(crate) fn reopen(&self) {
        if let Some(queue) = self.0.upgrade() {
            queue.backlog.reopen();
            queue.messages.send(Message::Reopen).ok();
        }
    }
}
