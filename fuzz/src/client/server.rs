//! The server: what it does by the script, on all connections, and what it has sent.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use conformance_wire::frames::{DATA, Frame, SETTINGS};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use crate::frames::{Step, next_step, payloads};
use crate::hostile_server::{PIPE_BYTES, WORDS, may_have, wait_for_call};
use crate::input::Input;

/// Steps of a script, on all connections.
const MAX_STEPS: usize = 64;
/// Connections that the server takes up.
const MAX_CONNECTIONS: usize = 32;
/// From this byte on a step is a flood: stream, and how many frames there are of it.
const FLOOD: u8 = 250;
/// How long each of those is.
const FLOOD_BYTES: usize = 16 * 1024;

/// What the server does, on whichever connection comes to it, and what it has sent on all in its
/// frames.
#[derive(Debug, Default)]
pub(super) struct Script {
    steps: Vec<u8>,
    /// Whether each connection waits for a call.
    is_patient: bool,
    at: usize,
    taken: usize,
    sent: Vec<u8>,
    data_bytes: usize,
    connections: usize,
    serving: Vec<AbortHandle>,
}

pub(super) type Shared = Arc<Mutex<Script>>;

pub(super) fn locked(script: &Shared) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection to the server.
pub(super) fn open(script: &Shared) -> DuplexStream {
    let (ours, other) = tokio::io::duplex(PIPE_BYTES);
    let mut of_all = locked(script);
    of_all.connections += 1;
    if of_all.connections <= MAX_CONNECTIONS {
        let serving = tokio::spawn(serve(other, Arc::clone(script)));
        of_all.serving.push(serving.abort_handle());
    }
    ours
}

/// Takes steps of the script until the client or the script ends the connection.
async fn serve(mut io: DuplexStream, script: Shared) {
    // What the client says is not looked at, but taken.
    let mut taken = vec![0; 4096];
    if io.write_all(&Frame::new(SETTINGS, 0, 0, []).bytes()).await.is_err() {
        return;
    }
    if locked(&script).is_patient {
        wait_for_call(&mut io).await;
    }
    let mut next: Vec<Vec<u8>> = Vec::new();
    loop {
        for bytes in next.drain(..) {
            locked(&script).sends(&bytes);
            if io.write_all(&bytes).await.is_err() {
                return;
            }
            if timeout(Duration::from_millis(1), io.read(&mut taken)).await.is_ok_and(is_over) {
                return;
            }
        }
        let step = locked(&script).next();
        match step {
            None => break,
            Some(Work::Send(bytes)) => next.extend(bytes),
            Some(Work::Wait(ms)) => sleep(Duration::from_millis(ms)).await,
            Some(Work::End) => return,
        }
    }
    while !is_over(io.read(&mut taken).await) {}
}

fn is_over(read: io::Result<usize>) -> bool {
    read.unwrap_or_default() == 0
}

enum Work {
    Send(Vec<Vec<u8>>),
    Wait(u64),
    End,
}

impl Script {
    /// Of these `steps`, for connections each of which waits for a call, if it `is_patient`.
    pub(super) fn new(steps: &[u8], is_patient: bool) -> Self {
        Self { steps: steps.to_vec(), is_patient, ..Self::default() }
    }

    /// Ends all connections.
    pub(super) fn end_connections(&self) {
        self.serving.iter().for_each(AbortHandle::abort);
    }

    /// The next step, if there is one.
    fn next(&mut self) -> Option<Work> {
        let mut input = Input::new(self.steps.get(self.at..).unwrap_or_default());
        self.taken += 1;
        if input.is_empty() || self.taken > MAX_STEPS {
            return None;
        }
        let before = input.rest().len();
        let work = if input.rest()[0] >= FLOOD {
            input.byte();
            let (stream, count) = (u32::from(input.byte()), usize::from(input.byte()));
            Work::Send(vec![Frame::new(DATA, 0, stream, vec![0x41; FLOOD_BYTES]).bytes(); count])
        } else {
            match next_step(&mut input, &WORDS) {
                Step::Send(bytes) => Work::Send(vec![bytes]),
                Step::Wait(ms) => Work::Wait(ms),
                Step::End => Work::End,
            }
        };
        self.at += before - input.rest().len();
        Some(work)
    }

    /// A call has messages of these `lengths` as its result: the server has sent as much, and
    /// said that all is well.
    pub(super) fn check_result(&self, lengths: &[usize]) {
        let is_told = may_have(&self.sent, "grpc-status", is_ok);
        assert!(is_told, "nobody said that all is well");
        let all: usize = lengths.iter().sum();
        assert!(all <= self.data_bytes, "{all} bytes of {} that came", self.data_bytes);
    }

    pub(super) fn sends(&mut self, bytes: &[u8]) {
        self.data_bytes += bytes.len();
        // No flood says how a call ends.
        if bytes.len() < FLOOD_BYTES {
            self.sent.extend(payloads(bytes));
        }
    }
}

fn is_ok(status: &[u8]) -> bool {
    std::str::from_utf8(status).is_ok_and(|status| status.parse() == Ok(0))
}
