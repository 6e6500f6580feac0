//! The thread that writes the audit.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::time::sleep;

use super::Message;
use super::backlog::Backlog;
use super::sink::Sink;
use crate::log_limit::limited;

/// How long records are gathered before they are written together. Otherwise
/// every call would wake this thread, which costs it more than its line.
const GATHERING: Duration = Duration::from_millis(2);
/// Most lines that are gathered.
const BATCH: usize = 1024;
/// Most bytes that the sink is given at once, except that it is given at least a
/// line. A pipe that is read slowly takes them one after the other, by which it is
/// known that it takes something.
const PORTION_BYTES: usize = 16 * 1024;
/// How long to wait before what could not be written is tried again.
const RETRY: Duration = Duration::from_millis(100);

/// See the module.
pub(super) struct Writer {
    messages: UnboundedReceiver<Message>,
    sink: Sink,
    backlog: Arc<Backlog>,
    /// Not written yet.
    lines: Vec<u8>,
    /// What is known of each of them.
    gathered: Vec<GatheredLine>,
}

/// A line that is not written yet.
#[derive(Clone, Copy, Debug)]
struct GatheredLine {
    /// Where it ends among the others.
    end: usize,
    /// Of how many calls it is.
    calls: u64,
}

impl Writer {
    pub(super) fn new(
        messages: UnboundedReceiver<Message>,
        sink: Sink,
        backlog: Arc<Backlog>,
    ) -> Self {
        Self { messages, sink, backlog, lines: Vec::new(), gathered: Vec::new() }
    }

    /// Writes until the last of those who send records has gone, or until nobody
    /// waits for it any more. A write may keep its thread waiting.
    pub(super) async fn run(mut self) {
        while let Some(message) = self.messages.recv().await {
            self.take(message).await;
            sleep(GATHERING).await;
            while self.gather().await {
                self.write().await;
            }
            self.write().await;
            if self.backlog.is_given_up() {
                return;
            }
        }
    }

    /// Takes what has come; whether there may be more at once.
    async fn gather(&mut self) -> bool {
        while self.gathered.len() < BATCH {
            match self.messages.try_recv() {
                Ok(message) => self.take(message).await,
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return false,
            }
        }
        !self.backlog.is_given_up()
    }

    async fn take(&mut self, message: Message) {
        let calls = match message {
            Message::Write(record) => {
                record.write_to(&mut self.lines);
                1
            }
            Message::WriteSum(sum, ts) => {
                sum.write_to(ts, &mut self.lines);
                sum.count()
            }
            Message::Reopen => {
                // What came before belongs into the file that is left.
                self.write().await;
                self.reopen_if_asked();
                return;
            }
        };
        self.gathered.push(GatheredLine { end: self.lines.len(), calls });
    }

    /// Writes all lines. Where they cannot be written, as on a full disk, this
    /// waits until they can, be it in another file, unless nobody waits for it.
    async fn write(&mut self) {
        let (mut written, mut complete) = (0, 0);
        while written < self.lines.len() && !self.backlog.is_given_up() {
            let portion = portion(&self.lines[written..]);
            match self.sink.write(portion) {
                Ok(more) if more > 0 => {
                    written += more;
                    let left = &self.gathered[complete..];
                    let ended = left.partition_point(|line| line.end <= written);
                    let calls = left[..ended].iter().map(|line| line.calls).sum();
                    self.backlog.remove(ended, calls);
                    complete += ended;
                }
                failed => {
                    let error = failed.err();
                    self.tell_failure(error.as_ref());
                    if self.reopen_if_asked() {
                        // No file begins in the midst of a line.
                        written = beginning_of_line(&self.lines, written);
                        continue;
                    }
                    let is_full = error.is_some_and(|error| error.kind() == ErrorKind::WouldBlock);
                    if !is_full || !self.sink.wait_for_room(RETRY) {
                        sleep(RETRY).await;
                    }
                }
            }
        }
        self.lines.clear();
        self.gathered.clear();
    }

    /// A pipe that is full is only slow, until it takes nothing for long.
    fn tell_failure(&self, error: Option<&io::Error>) {
        let is_full = error.is_some_and(|error| error.kind() == ErrorKind::WouldBlock);
        let reason = match error {
            Some(_) if is_full => "nobody reads it".to_owned(),
            Some(error) => error.to_string(),
            None => "it takes nothing".to_owned(),
        };
        if self.backlog.failed(&reason) && !is_full {
            limited!(ERROR, "cannot write the audit log now", reason);
        }
    }

    /// Opens the file anew, if that is wanted: whether it is another one now.
    fn reopen_if_asked(&mut self) -> bool {
        self.backlog.take_reopening()
            && self.sink.reopen().unwrap_or_else(|error| {
                tracing::error!(%error, "cannot reopen the audit log: it goes on in the old file");
                false
            })
    }
}

/// As many of `lines` as fit into a portion, or else the first one.
fn portion(lines: &[u8]) -> &[u8] {
    if lines.len() <= PORTION_BYTES {
        return lines;
    }
    let is_end = |byte: &u8| *byte == b'\n';
    let last_end = lines[..PORTION_BYTES].iter().rposition(is_end);
    match last_end.or_else(|| lines.iter().position(is_end)) {
        Some(end) => &lines[..=end],
        None => lines,
    }
}

/// Where the line of the byte `at` begins.
fn beginning_of_line(lines: &[u8], at: usize) -> usize {
    lines[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_behind_the_end_of_the_one_before() {
        let begins = [0, 1, 2, 3, 4, 5].map(|at| beginning_of_line(b"a\nbc\n", at));
        assert_eq!(begins, [0, 0, 2, 2, 2, 5]);
    }

    #[test]
    fn a_portion_is_whole_lines_and_at_least_one() {
        let line = |bytes: usize| [&vec![b'x'; bytes - 1][..], b"\n"].concat();
        for (lengths, expected) in [
            (&[5, 6][..], 11),
            (&[PORTION_BYTES - 1, 1, 1], PORTION_BYTES),
            (&[PORTION_BYTES - 1, 2], PORTION_BYTES - 1),
            (&[3 * PORTION_BYTES, 7], 3 * PORTION_BYTES),
        ] {
            let lines = lengths.iter().copied().map(line).collect::<Vec<_>>().concat();
            let portion = portion(&lines);
            assert_eq!(portion.len(), expected, "{lengths:?}");
            assert!(portion.ends_with(b"\n"));
        }
    }
}
