//! One who calls over a connection of its own, and notes when.

use std::time::{Duration, Instant};

use serde_json::Value;

pub(super) use super::calling::{RUN, STREAM};
use super::{Surroundings, calling};
use crate::case::{Call, Code, Expect, Sign};
use crate::client::{Answer, Connection, Exchange, Outgoing, prepare};
use crate::judge;
use crate::server::Server;
use crate::trouble::{Checked, Trouble};

/// Who calls.
#[derive(Debug)]
pub(super) struct Caller<'a> {
    server: &'a Server,
    connection: Connection,
    patience: Duration,
}

/// What came of a call. The server looked at it at some time from `sent` to `came`.
#[derive(Debug)]
pub(super) struct Called {
    pub(super) sent: Instant,
    pub(super) came: Instant,
    pub(super) answer: Answer,
}

impl<'a> Caller<'a> {
    /// Connects.
    pub(super) async fn new(with: &Surroundings<'a>) -> Checked<Self> {
        let Surroundings { server, patience, .. } = *with;
        Ok(Self { server, connection: Connection::open(&server.endpoint).await?, patience })
    }

    /// So many of them.
    pub(super) async fn several(count: i64, with: &Surroundings<'a>) -> Checked<Vec<Self>> {
        let mut callers = Vec::new();
        for _ in 0..count {
            callers.push(Self::new(with).await?);
        }
        Ok(callers)
    }

    /// What `call` sends, signed now.
    pub(super) fn prepared(&self, call: &Call) -> Checked<Outgoing> {
        Ok(prepare(call, self.server)?.outgoing)
    }

    /// Calls, and does not wait for an answer.
    pub(super) async fn begin(&self, call: &Call) -> Checked<Exchange> {
        self.begin_prepared(self.prepared(call)?).await
    }

    /// The same, with what was prepared before.
    pub(super) async fn begin_prepared(&self, outgoing: Outgoing) -> Checked<Exchange> {
        Ok(Exchange::begin(&self.connection, outgoing).await?)
    }

    /// Calls, and waits for the end.
    pub(super) async fn call(&self, call: &Call) -> Checked<Called> {
        self.send(self.prepared(call)?).await
    }

    /// The same, with what was prepared before.
    pub(super) async fn send(&self, outgoing: Outgoing) -> Checked<Called> {
        let sent = Instant::now();
        let exchange = Exchange::begin(&self.connection, outgoing).await?;
        let answer = exchange.end(self.patience).await?;
        Ok(Called { sent, came: Instant::now(), answer })
    }
}

/// Whether an answer to a call of [`RUN`] is as expected.
pub(super) fn judged(answer: &Answer, expect: &Expect) -> Checked {
    calling::judged(&calling::small(), answer, expect)
}

/// What is expected of a call that is refused.
pub(super) fn refusal(code: Code, reason: &str) -> Expect {
    Expect { code, reason: Some(reason.to_owned()), ..Expect::default() }
}

/// Code and reason, for a person.
pub(super) fn told(answer: &Answer) -> String {
    answer.status().map_or_else(|| "an answer without a status".to_owned(), |s| judge::told(&s))
}

/// The reason of an answer's error, if it has one.
pub(super) fn reason(answer: &Answer) -> Option<String> {
    answer.status()?.details.ok()?.reason().map(str::to_owned)
}

/// A call of `method` that asks for `numbers` and is signed with this key.
pub(super) fn call(method: &str, numbers: &[(&str, i64)], key: usize) -> Call {
    let fields = numbers.iter().map(|(name, number)| ((*name).to_owned(), Value::from(*number)));
    let fields = Value::Object(fields.collect());
    Call { sign: Sign { key, ..Sign::default() }, ..calling::call(method, &fields) }
}

/// A call that is answered at once.
pub(super) fn small(key: usize) -> Call {
    call(RUN, &[("grid_size", 4), ("steps", 1)], key)
}

/// `trouble` after `what`.
pub(super) fn after(what: &str, trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Different { expected, mut came } => {
            came.push(format!("that was after {what}"));
            Trouble::Different { expected, came }
        }
        Trouble::Error(why) => Trouble::Error(format!("{why}, after {what}")),
        other => other,
    }
}
