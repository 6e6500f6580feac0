//! Commands and replies in Redis's protocol.

use std::fmt;
use std::time::Duration;

use mfn_access::shared::SingleUse;
use redis::{Cmd, Value};

use crate::command::{Admit, Command, LEASE, Reply};
use crate::names::{CallId, MEMORY};

/// The error where the store keeps to no protocol.
pub(crate) const UNEXPECTED: &str = "it answered with something that Redis does not";

/// Most characters of what a store says that the log repeats.
const MAX_SHOWN_CHARS: usize = 256;
/// What a rate is measured over, and so the longest wait for it.
const WINDOW: Duration = Duration::from_secs(1);

/// What the store calls the scripts.
pub(crate) struct Hashes {
    pub(crate) admit: String,
    pub(crate) renew: String,
}

impl Hashes {
    /// The command as the store takes it.
    pub(crate) fn written(&self, command: &Command) -> Cmd {
        let mut written = Cmd::new();
        match command {
            Command::Admit(call) => {
                written.arg("EVALSHA").arg(&self.admit);
                write_call(&mut written, call);
            }
            Command::Renew { key, calls } => {
                written.arg("EVALSHA").arg(&self.renew).arg(1).arg(key.open_calls()).arg(lease());
                write_ids(&mut written, calls);
            }
            Command::Release { key, calls } => {
                written.arg("ZREM").arg(key.open_calls());
                write_ids(&mut written, calls);
            }
            Command::Ping => {
                written.arg("PING");
            }
        }
        written
    }
}

/// What the store says to `command`. What does not answer that answers another one, or is
/// not what a store says.
pub(crate) fn reply(command: &Command, value: &Value) -> Reply {
    match (command, value) {
        (_, Value::ServerError(error)) => Reply::Failed(shown(error)),
        // The scripts return lists that begin with a number.
        (Command::Admit(_), Value::Array(values)) => match values.as_slice() {
            [Value::Int(0)] => Reply::Done,
            [Value::Int(1)] => Reply::ConcurrencyExceeded,
            [Value::Int(2)] => Reply::SignatureUsed,
            [Value::Int(3)] => Reply::SignatureTooOld,
            [Value::Int(4), wait] => {
                let wait = time(wait, WINDOW);
                wait.map_or_else(unexpected, |wait| Reply::RateExceeded { wait })
            }
            [Value::Int(5), wait] => {
                let wait = time(wait, SingleUse::LONGEST);
                wait.map_or_else(unexpected, |wait| Reply::SignaturesFull { wait })
            }
            _ => unexpected(),
        },
        (Command::Renew { .. }, Value::Array(values)) if **values == [Value::Int(0)] => Reply::Done,
        (Command::Release { .. }, Value::Int(_)) | (Command::Ping, Value::SimpleString(_)) => {
            Reply::Done
        }
        _ => unexpected(),
    }
}

fn unexpected() -> Reply {
    Reply::Failed(UNEXPECTED.to_owned())
}

/// A time in microseconds, or `longest` if it is longer: the store's clock was set back.
fn time(value: &Value, longest: Duration) -> Option<Duration> {
    let Value::Int(micros @ 1..) = value else { return None };
    Some(Duration::from_micros(*micros as u64).min(longest))
}

/// What the store says, as a line of the log can have it.
pub(crate) fn shown(said: impl fmt::Display) -> String {
    let said = said.to_string();
    let visible = said.chars().map(|c| if c.is_control() { ' ' } else { c });
    visible.take(MAX_SHOWN_CHARS).collect()
}

fn write_call(written: &mut Cmd, call: &Admit) {
    let Admit { key, rps, concurrent, call, once } = call;
    let keys = if once.is_some() { 4 } else { 2 };
    written.arg(keys).arg(key.admissions()).arg(key.open_calls());
    if once.is_some() {
        written.arg(key.signatures()).arg(MEMORY);
    }
    written.arg(*rps).arg(*concurrent).arg(&call.0).arg(lease());
    if let Some(SingleUse { digest, timestamp, lasts, capacity }) = once {
        written.arg(digest).arg(timestamp.as_micros()).arg(lasts.as_micros() as u64 + 1);
        written.arg(*capacity).arg(SingleUse::LONGEST.as_millis() as u64);
    }
}

fn write_ids(written: &mut Cmd, calls: &[CallId]) {
    for call in calls {
        written.arg(&call.0);
    }
}

fn lease() -> u64 {
    LEASE.as_micros() as u64
}
