//! What has its line, and what is counted.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::backlog::MAX_WAITING;
use super::*;

/// Takes nothing until it is told to.
#[derive(Clone, Default)]
struct Gate(Arc<Mutex<Option<Vec<u8>>>>);

impl Gate {
    fn open(&self) {
        self.taken().get_or_insert_default();
    }

    fn lines(&self) -> Vec<Value> {
        let taken = self.taken().take().unwrap_or_default();
        let lines = taken.split_inclusive(|byte| *byte == b'\n');
        lines.map(|line| serde_json::from_slice(line).expect("a line of JSON")).collect()
    }

    fn taken(&self) -> std::sync::MutexGuard<'_, Option<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Gate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut *self.taken() {
            Some(taken) => taken.write(bytes),
            None => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl OtherSink for Gate {}

fn record(number: usize, is_accounted_for: bool) -> Record {
    Record {
        ended: SystemTime::UNIX_EPOCH,
        request_id: number.to_string().into(),
        method: Method::of_path("/a/B"),
        protocol: "grpc",
        duration: Duration::ZERO,
        outcome: if is_accounted_for { Outcome::ok() } else { Outcome::not_grpc() },
        key: None,
        is_accounted_for,
        peer: None,
        trace: None,
        bytes_in: 0,
        bytes_out: 0,
        frames: 0,
    }
}

// shows MFN-AUDIT-012, MFN-AUDIT-011
#[tokio::test]
async fn calls_that_were_open_when_all_places_were_taken_have_their_lines_too() {
    const OPEN: usize = 1000;
    const REFUSED: usize = 300;
    let gate = Gate::default();
    let (audit, thread) = Audit::start(Sink::Other(Box::new(gate.clone()))).expect("a thread");
    for number in 0..MAX_WAITING + OPEN {
        audit.record(record(number, true));
    }
    // What is refused from then on adds no line, and is not lost either.
    for number in 0..REFUSED {
        audit.record(record(number, false));
    }
    gate.open();
    drop(audit);
    thread.ended(tokio::time::Instant::now() + Duration::from_mins(1)).await;
    let lines = gate.lines();
    let (summed, own): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line["count"].is_u64());
    let ids: Vec<_> = own.iter().map(|line| line["request_id"].as_str().expect("an id")).collect();
    let expected: Vec<_> = (0..MAX_WAITING + OPEN).map(|number| number.to_string()).collect();
    assert!(ids == expected, "{} lines of {}", ids.len(), expected.len());
    assert_eq!(
        summed.iter().filter_map(|line| line["count"].as_u64()).sum::<u64>(),
        REFUSED as u64
    );
}
