//! The thread that writes the audit.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::error::TryRecvError;

use super::sink::Sink;
use super::{Backlog, Message, Record};

/// How long records are gathered before they are written together. Otherwise
/// every call would wake this thread, which costs it more than its line.
const GATHERING: Duration = Duration::from_millis(2);
/// Most records of one write.
const BATCH: usize = 1024;
/// How long to wait before what could not be written is tried again.
const RETRY: Duration = Duration::from_millis(100);
/// How often it is tried when the server has ended and nobody can be kept
/// waiting any more.
const LAST_TRIES: u32 = 3;

/// See the module.
pub(super) struct Writer {
    messages: UnboundedReceiver<Message>,
    sink: Sink,
    backlog: Arc<Backlog>,
    /// Not written yet.
    lines: Vec<u8>,
    /// The records they are made of.
    records: usize,
}

impl Writer {
    pub(super) fn new(
        messages: UnboundedReceiver<Message>,
        sink: Sink,
        backlog: Arc<Backlog>,
    ) -> Self {
        Self { messages, sink, backlog, lines: Vec::new(), records: 0 }
    }

    /// Writes until the last of those who send records has gone.
    pub(super) fn run(mut self) {
        while let Some(message) = self.messages.blocking_recv() {
            self.take(message);
            sleep(GATHERING);
            while self.gather() {
                self.write();
            }
            self.write();
        }
    }

    /// Takes what has come; whether there may be more at once.
    fn gather(&mut self) -> bool {
        while self.records < BATCH {
            match self.messages.try_recv() {
                Ok(message) => self.take(message),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return false,
            }
        }
        true
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Write(record) => self.add(&record),
            Message::Reopen => {
                // What came before belongs into the file that is left.
                self.write();
                self.reopen_if_asked();
            }
        }
    }

    fn add(&mut self, record: &Record) {
        record.write_to(&mut self.lines);
        self.records += 1;
    }

    /// Writes all lines. Where they cannot be written, as on a full disk, this
    /// waits until they can, be it in another file, and calls wait with it.
    fn write(&mut self) {
        let (mut written, mut tries) = (0, 0);
        while written < self.lines.len() {
            match self.sink.write(&self.lines[written..]) {
                Ok(more) if more > 0 => written += more,
                failed => {
                    if tries == 0 {
                        let error = failed.err();
                        tracing::error!(
                            ?error,
                            "cannot write the audit log: calls wait until it can be"
                        );
                    }
                    tries += 1;
                    if self.messages.is_closed() && tries >= LAST_TRIES {
                        tracing::error!(lines = self.records, "gave up writing the audit log");
                        break;
                    }
                    if self.reopen_if_asked() {
                        // No file begins in the midst of a line.
                        written = beginning_of_line(&self.lines, written);
                    } else {
                        sleep(RETRY);
                    }
                }
            }
        }
        self.lines.clear();
        self.backlog.waiting.fetch_sub(self.records, Ordering::Relaxed);
        self.records = 0;
        self.backlog.shrunk.notify_waiters();
    }

    /// Opens the file anew, if that is wanted: whether it is another one now.
    fn reopen_if_asked(&mut self) -> bool {
        self.backlog.reopening.swap(false, Ordering::Relaxed)
            && self.sink.reopen().unwrap_or_else(|error| {
                tracing::error!(%error, "cannot reopen the audit log: it goes on in the old file");
                false
            })
    }
}

/// Where the line of the byte `at` begins.
fn beginning_of_line(lines: &[u8], at: usize) -> usize {
    lines[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::beginning_of_line;

    #[test]
    fn a_line_begins_behind_the_end_of_the_one_before() {
        let begins = [0, 1, 2, 3, 4, 5].map(|at| beginning_of_line(b"a\nbc\n", at));
        assert_eq!(begins, [0, 0, 2, 2, 2, 5]);
    }
}
