//! The audit: one line a call, however it ends.
//!
//! Calls leave their records in a queue; one thread makes lines of them and
//! writes these. While it cannot write as fast as calls end, nothing is read from
//! or written to any connection, so that calls wait: no record is lost.

mod observed;
mod one_line;
mod record;
mod sink;
mod timestamp;
mod writer;

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};

use crate::thread;
pub(crate) use observed::Observed;
pub(crate) use record::{Method, Outcome, Record};
pub(crate) use sink::Sink;
use writer::Writer;

/// Records that may wait before calls do. With those of the calls in flight,
/// which the limits on connections and streams bound, it bounds the memory of the
/// audit.
const MAX_WAITING: usize = 16 * 1024;

/// Takes the records of calls.
#[derive(Clone, Debug)]
pub(crate) struct Audit(Arc<Queue>);

#[derive(Debug)]
struct Queue {
    messages: mpsc::UnboundedSender<Message>,
    backlog: Arc<Backlog>,
}

/// What waits for the writer.
#[derive(Debug, Default)]
struct Backlog {
    /// How many records.
    waiting: AtomicUsize,
    shrunk: Notify,
    /// Whether the file is to be opened anew. It is beside the queue, because it
    /// may be what helps when the queue does not move.
    reopening: AtomicBool,
}

/// What the writer is told.
#[derive(Debug)]
enum Message {
    Write(Record),
    /// Look whether the file is to be opened anew.
    Reopen,
}

/// How long the end of the server waits for a log that cannot be written, such
/// as a pipe that nobody reads.
const LAST_LINES: Duration = Duration::from_secs(5);

/// The thread that writes. Dropped, it waits until everything is written, which
/// takes until nobody has an [`Audit`] any more.
#[derive(Debug)]
pub(crate) struct AuditThread {
    /// Closed when the thread ends.
    ended: Receiver<()>,
}

impl Audit {
    /// Starts to write to `sink`.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(crate) fn start(sink: Sink) -> io::Result<(Self, AuditThread)> {
        let (messages, received) = mpsc::unbounded_channel();
        let backlog = Arc::<Backlog>::default();
        let writer = Writer::new(received, sink, Arc::clone(&backlog));
        let (end, ended) = sync_channel(1);
        let run = move || {
            writer.run();
            end.send(()).ok();
        };
        thread::start("mfn-audit", run)?;
        Ok((Self(Arc::new(Queue { messages, backlog })), AuditThread { ended }))
    }

    /// Takes a record; never waits.
    pub(crate) fn record(&self, record: Record) {
        let Queue { messages, backlog } = &*self.0;
        backlog.waiting.fetch_add(1, Ordering::Relaxed);
        // The writer ends after the last of those who write to it.
        messages.send(Message::Write(record)).ok();
    }

    fn is_behind(&self) -> bool {
        self.0.backlog.waiting.load(Ordering::Relaxed) >= MAX_WAITING
    }

    /// Waits until the writer has caught up, if it is behind.
    pub(crate) async fn caught_up(&self) {
        while self.is_behind() {
            let shrunk = self.0.backlog.shrunk.notified();
            if !self.is_behind() {
                return;
            }
            shrunk.await;
        }
    }

    /// One that does not keep the thread from ending.
    pub(crate) fn downgrade(&self) -> WeakAudit {
        WeakAudit(Arc::downgrade(&self.0))
    }
}

/// Where records would go, if calls still come.
#[derive(Clone, Debug)]
pub(crate) struct WeakAudit(Weak<Queue>);

impl WeakAudit {
    /// Opens the file anew.
    pub(crate) fn reopen(&self) {
        if let Some(queue) = self.0.upgrade() {
            queue.backlog.reopening.store(true, Ordering::Relaxed);
            queue.messages.send(Message::Reopen).ok();
        }
    }
}

impl Drop for AuditThread {
    fn drop(&mut self) {
        if self.ended.recv_timeout(LAST_LINES).is_err() {
            tracing::error!("the audit log could not be written to its end");
        }
    }
}
