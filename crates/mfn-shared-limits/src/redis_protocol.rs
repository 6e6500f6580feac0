//! Commands and replies in Redis's protocol.

use std::time::Duration;

use mfn_access::shared::SingleUse;
use redis::{Cmd, Value};

use crate::command::{Admit, Command, LEASE, Reply};
use crate::names::{CallId, MEMORY};

/// The error where the store keeps to no protocol.
pub(crate) const UNEXPECTED: &str = "it answered with something that Redis does not";

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

/// The scripts return lists that begin with a number.
pub(crate) fn reply(value: &Value) -> Reply {
    match value {
        Value::Array(values) => match values.as_slice() {
            [Value::Int(0)] => Reply::Done,
            [Value::Int(1)] => Reply::ConcurrencyExceeded,
            [Value::Int(2)] => Reply::SignatureUsed,
            [Value::Int(3)] => Reply::SignatureTooOld,
            [Value::Int(4), Value::Int(micros @ 1..)] => {
                Reply::RateExceeded { wait: Duration::from_micros(*micros as u64) }
            }
            [Value::Int(5), Value::Int(micros @ 1..)] => {
                Reply::SignaturesFull { wait: Duration::from_micros(*micros as u64) }
            }
            _ => Reply::Failed(UNEXPECTED.to_owned()),
        },
        // The answers to commands that are no scripts.
        Value::Int(_) | Value::SimpleString(_) | Value::Okay => Reply::Done,
        Value::ServerError(error) => Reply::Failed(error.to_string()),
        _ => Reply::Failed(UNEXPECTED.to_owned()),
    }
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
