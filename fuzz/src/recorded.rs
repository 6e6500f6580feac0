//! The audit of a connection, and what it has recorded.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mfn_access::Service;
use serde_json::Value;

use crate::signed::{FORBIDDEN, KEY_ID, SECRET};

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
        Recorded::of(&self.lines.lock().unwrap_or_else(PoisonError::into_inner))
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
    /// What an audit of these `lines` has.
    ///
    /// # Panics
    /// They are not those of an audit, or one has the secret, which scripts have nowhere but
    /// where a call shows it.
    pub(crate) fn of(lines: &[u8]) -> Self {
        let mut recorded = Self::default();
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            recorded.take(serde_json::from_slice(line).expect("a line of JSON"));
        }
        recorded
    }

    /// What an audit has that has a line of each of these `ids`.
    #[cfg(test)]
    pub(crate) fn of_calls(ids: &[&str]) -> Self {
        let line = |id: &&str| format!("{{\"kind\":\"audit\",\"request_id\":\"{id}\"}}\n");
        Self::of(ids.iter().map(line).collect::<String>().as_bytes())
    }

    fn take(&mut self, line: Value) {
        assert_eq!(line["kind"], "audit", "{line}");
        assert!(!line.to_string().contains(SECRET), "the secret is in {line}");
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
            let status = line["status"].as_str().expect("a status");
            assert!(status != "OK" || may_be_served, "served by no right: {line}");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oracle_failures::assert_fails_with;

    const SIMULATION: &str = "/mfn.MFNSimulationService/RunSimulation";
    const VALIDATION: &str = "/mfn.MFNValidationService/ValidatePattern";

    /// A call to `method` of the key with this id, if of any.
    fn call(method: &str, key_id: Option<&str>, status: &str) -> Value {
        json!({
            "kind": "audit",
            "request_id": "a",
            "method": method,
            "key_id": key_id,
            "status": status,
        })
    }

    fn access(is_any_signed: bool, line: &Value) {
        Recorded::of(line.to_string().as_bytes()).check_access(is_any_signed);
    }

    #[test]
    fn lines_are_taken_once_each() {
        let lines =
            b"{\"kind\":\"audit\",\"request_id\":\"a\"}\n\n{\"kind\":\"audit\",\"count\":2}\n";
        let mut recorded = Recorded::of(lines);
        assert_eq!((recorded.counted, recorded.lines_of("a"), recorded.lines_of("b")), (2, 1, 0));
        assert!(recorded.take_line_of("a"));
        assert!(!recorded.take_line_of("a"));
        assert!(!recorded.take_line_of("b"));
        assert_eq!(recorded.rest().collect::<Vec<_>>(), [("a", 0)]);
    }

    #[test]
    fn what_is_no_line_of_an_audit_is_refused() {
        for (told, lines) in [
            ("a line of JSON", "{"),
            (r#"{"kind":"log"}"#, r#"{"kind":"log"}"#),
            ("the id of a call", r#"{"kind":"audit"}"#),
            ("a number", r#"{"kind":"audit","count":"2"}"#),
            ("the secret is in", r#"{"kind":"audit","request_id":"a the-key-of-the-target"}"#),
        ] {
            assert_fails_with(told, || Recorded::of(lines.as_bytes()));
        }
    }

    #[test]
    fn a_key_is_served_what_it_may_call_and_nobody_else_is() {
        let reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
        for (is_any_signed, line) in [
            (true, call(SIMULATION, Some(KEY_ID), "OK")),
            (true, call(VALIDATION, Some(KEY_ID), "PERMISSION_DENIED")),
            (false, call(SIMULATION, None, "UNAUTHENTICATED")),
            (false, call(reflection, None, "OK")),
        ] {
            access(is_any_signed, &line);
        }
        for (told, is_any_signed, line) in [
            ("served by no right", true, call(SIMULATION, None, "OK")),
            ("served by no right", true, call(SIMULATION, Some("other"), "OK")),
            ("served by no right", true, call(VALIDATION, Some(KEY_ID), "OK")),
            ("nobody has signed", false, call(SIMULATION, Some(KEY_ID), "OK")),
            ("a method", true, json!({"kind": "audit", "request_id": "a", "status": "OK"})),
            ("a status", true, json!({"kind": "audit", "request_id": "a", "method": "/a/B"})),
        ] {
            assert_fails_with(told, || access(is_any_signed, &line));
        }
    }
}
