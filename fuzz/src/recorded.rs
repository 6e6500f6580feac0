//! The audit of a connection, and what it has recorded.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mfn_access::Service;
use serde_json::Value;

use crate::signed::{FORBIDDEN, KEY_ID};

/// How long the thread of the audit may take to write its last lines, on any machine.
pub(crate) const LAST_LINES: Duration = Duration::from_mins(1);
/// What needs no key.
const FREE: &str = "/grpc.reflection.";

/// Where the audit of a connection goes, and who reads it there.
pub(crate) fn audit() -> (Sink, Audit) {
    let lines = Arc::<Mutex<Vec<u8>>>::default();
    let (ended, end) = channel();
    (Sink { lines: Arc::clone(&lines), ended }, Audit { lines, end })
}

pub(crate) struct Sink {
    lines: Arc<Mutex<Vec<u8>>>,
    ended: Sender<()>,
}

pub(crate) struct Audit {
    lines: Arc<Mutex<Vec<u8>>>,
    end: Receiver<()>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // Nobody may wait for it any more.
        let _ = self.ended.send(());
    }
}

impl Audit {
    /// What is recorded, once all is.
    pub(crate) fn recorded(&self) -> Recorded {
        self.end.recv_timeout(LAST_LINES).expect("the audit ends with its last caller");
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let mut recorded = Recorded::default();
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            recorded.take(serde_json::from_slice(line).expect("a line of JSON"));
        }
        recorded
    }
}

/// The lines of an audit.
#[derive(Debug, Default)]
pub struct Recorded {
    lines: Vec<Value>,
    /// How many calls have a line of each id, of those that no answer was matched with.
    ids: HashMap<String, usize>,
    /// How many calls are in lines of many.
    pub(crate) counted: usize,
}

impl Recorded {
    fn take(&mut self, line: Value) {
        assert_eq!(line["kind"], "audit", "{line}");
        if let Some(count) = line.get("count") {
            self.counted += count.as_u64().expect("a number") as usize;
            return;
        }
        let id = line["request_id"].as_str().expect("the id of a call").to_owned();
        *self.ids.entry(id).or_default() += 1;
        self.lines.push(line);
    }

    /// How many calls of this id have a line of their own that was not taken.
    pub(crate) fn lines_of(&self, id: &str) -> usize {
        self.ids.get(id).copied().unwrap_or_default()
    }

    /// Takes a line of this id, if there is one that was not taken.
    pub(crate) fn take_line_of(&mut self, id: &str) -> bool {
        let Some(lines) = self.ids.get_mut(id).filter(|lines| **lines > 0) else { return false };
        *lines -= 1;
        true
    }

    /// The ids of lines that were not taken, with how many each has.
    pub(crate) fn rest(&self) -> impl Iterator<Item = (&str, usize)> {
        self.ids.iter().map(|(id, lines)| (&**id, *lines))
    }

    /// A server that has a key serves it alone, and that only what it may call.
    ///
    /// # Panics
    /// Another call was served.
    pub(crate) fn check_access(&self, is_any_signed: bool) {
        for line in &self.lines {
            let method = line["method"].as_str().expect("a method");
            let is_known = line["key_id"] == KEY_ID;
            assert!(is_any_signed || !is_known, "nobody has signed {line}");
            let may_be_served = method.starts_with(FREE)
                || is_known && Service::of_method(method) != Some(FORBIDDEN);
            assert!(line["status"] != "OK" || may_be_served, "{line}");
        }
    }
}
