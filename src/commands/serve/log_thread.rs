//! The thread that writes the log. Nothing that logs ever waits: where standard
//! error takes lines more slowly than they come, or not at all, lines are left
//! out, and the log says how many.

use std::io::{self, ErrorKind, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tracing_subscriber::fmt::MakeWriter;

/// Most bytes of lines that wait. As many again may be on their way out.
const BUFFER_BYTES: usize = 1 << 20;
/// How long to wait before what was not taken is offered again.
const RETRY: Duration = Duration::from_millis(100);
/// How long the end of the program waits for the last lines, if it is not told
/// to end earlier.
const LAST_LINES: Duration = Duration::from_secs(1);
/// A write that takes longer is taken to be stuck. Where the machine is so busy that
/// the thread has not even begun to write, the end waits for it all the same.
const STUCK: Duration = Duration::from_millis(40);
/// How often the end looks whether the thread is stuck.
const LOOK: Duration = Duration::from_millis(5);

/// See the module. Dropped, it waits until all lines are written, but not for
/// long.
#[derive(Debug)]
pub(super) struct LogThread {
    lines: Arc<Lines>,
    end_by: Option<Instant>,
}

/// Where the subscriber writes lines.
#[derive(Clone, Debug)]
pub(super) struct LogWriter(Arc<Lines>);

#[derive(Debug, Default)]
struct Lines {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Whole lines.
    waiting: Vec<u8>,
    /// How many lines the thread is writing.
    in_writing: usize,
    /// Since when, if it is.
    writing_since: Option<Instant>,
    /// How many lines were left out, and not told of.
    left_out: usize,
    is_ending: bool,
    has_ended: bool,
}

impl LogThread {
    /// The name of the thread.
    pub(super) const NAME: &str = "mfn-log";

    /// Starts to write to `sink`.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(super) fn start(mut sink: impl Write + Send + 'static) -> io::Result<(Self, LogWriter)> {
        let lines = Arc::<Lines>::default();
        let of_thread = Arc::clone(&lines);
        thread::Builder::new().name(Self::NAME.to_owned()).spawn(move || {
            // A sink that panics loses the lines that it was given, and no more.
            while catch_unwind(AssertUnwindSafe(|| of_thread.write_to(&mut sink))).is_err() {
                of_thread.abandon_writing();
            }
        })?;
        Ok((Self { lines: Arc::clone(&lines), end_by: None }, LogWriter(lines)))
    }

    /// Dropping this is not to take longer than until then.
    pub(super) fn end_by(&mut self, time: Instant) {
        self.end_by = Some(time);
    }
}

impl Drop for LogThread {
    fn drop(&mut self) {
        let latest = Instant::now() + LAST_LINES;
        let end_by = self.end_by.unwrap_or(latest);
        let mut state = self.lines.state();
        state.is_ending = true;
        self.lines.changed.notify_all();
        while !state.has_ended {
            let now = Instant::now();
            if now >= latest || now >= end_by && state.is_stuck(now) {
                return;
            }
            let woken = self.lines.changed.wait_timeout(state, LOOK);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl State {
    fn is_stuck(&self, now: Instant) -> bool {
        self.writing_since.is_some_and(|since| now.saturating_duration_since(since) >= STUCK)
    }
}

impl Lines {
    /// No panic can leave the state half changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: &[u8]) {
        let mut state = self.state();
        if state.waiting.len() + line.len() > BUFFER_BYTES {
            state.left_out += 1;
        } else {
            state.waiting.extend_from_slice(line);
            drop(state);
            self.changed.notify_all();
        }
    }

    /// What the thread does until its end.
    fn write_to(&self, sink: &mut impl Write) {
        while let Some(lines) = self.next() {
            let unwritten = count(write_all(sink, &lines));
            let mut state = self.state();
            (state.in_writing, state.writing_since) = (0, None);
            state.left_out += unwritten;
            // While nothing is taken there is nobody to be told.
            let left_out = if unwritten == 0 { std::mem::take(&mut state.left_out) } else { 0 };
            drop(state);
            if left_out > 0 {
                tracing::error!(
                    lines = left_out,
                    "lines of the log were left out: standard error did not take them"
                );
            }
        }
        self.state().has_ended = true;
        self.changed.notify_all();
    }

    /// Waits for lines; none when there will be no more.
    fn next(&self) -> Option<Vec<u8>> {
        let mut state = self.state();
        loop {
            if !state.waiting.is_empty() {
                state.in_writing = count(&state.waiting);
                state.writing_since = Some(Instant::now());
                return Some(std::mem::take(&mut state.waiting));
            }
            if state.is_ending {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn abandon_writing(&self) {
        let mut state = self.state();
        state.left_out += std::mem::take(&mut state.in_writing);
        state.writing_since = None;
    }
}

/// Writes as much of `lines` as `sink` takes, however long it takes: what is left
/// after an error.
fn write_all<'a>(sink: &mut impl Write, mut lines: &'a [u8]) -> &'a [u8] {
    while !lines.is_empty() {
        match sink.write(lines) {
            Ok(0) => break,
            Ok(written) => lines = &lines[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(RETRY),
            Err(_) => break,
        }
    }
    lines
}

fn count(lines: &[u8]) -> usize {
    lines.split_inclusive(|byte| *byte == b'\n').count()
}

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests;
