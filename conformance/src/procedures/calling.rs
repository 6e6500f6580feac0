//! The calls that procedures make, and how they end.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::timeout;

use super::Surroundings;
use crate::case::{Call, Code, Expect, Profile};
use crate::client::{Answer, CallError, Connection, Exchange, prepare};
use crate::judge::{self, Expected};
use crate::server::Server;
use crate::trouble::{Checked, Trouble, expect};

/// A unary method.
pub(super) const RUN: &str = "mfn.MFNSimulationService/RunSimulation";
/// A stream.
pub(super) const STREAM: &str = "mfn.MFNSimulationService/StreamSimulation";

/// Three names of services, and the empty one of the whole server (MFN-WIRE-012).
pub(super) const NAMES: [&str; 4] =
    ["", "mfn.MFNSimulationService", "mfn.MFNFeaturesService", "mfn.MFNValidationService"];

/// What may be computed at once, where it is asked for.
pub(super) fn small() -> Call {
    call(RUN, &json!({ "grid_size": 8, "steps": 2 }))
}

/// What takes a moment of a thread for computations.
pub(super) fn moderate() -> Call {
    call(RUN, &json!({}))
}

/// What takes minutes at least.
pub(super) fn endless() -> Call {
    call(RUN, &json!({ "grid_size": 1000, "steps": 9000, "turing_enabled": true }))
}

/// The same in thousands of frames, the first of which comes soon.
pub(super) fn endless_stream() -> Call {
    let fields = json!({
        "grid_size": 500, "steps": 9000, "stream_interval": 1, "turing_enabled": true
    });
    call(STREAM, &fields)
}

/// One whose frames have more than a narrow connection takes before they are read.
pub(super) fn endless_fields() -> Call {
    let fields = json!({
        "grid_size": 200, "steps": 9000, "stream_interval": 1, "include_field": true
    });
    call(STREAM, &fields)
}

/// Four frames of some work each.
pub(super) fn four_frames() -> Call {
    call(STREAM, &json!({ "grid_size": 256, "steps": 4000, "stream_interval": 1000 }))
}

/// To be told of the state of this name.
pub(super) fn watch(name: &str) -> Call {
    call("grpc.health.v1.Health/Watch", &json!({ "service": name }))
}

/// A call of this method.
pub(super) fn call(method: &str, fields: &Value) -> Call {
    Call { method: method.to_owned(), request: fields.as_object().cloned(), ..Call::default() }
}

/// The same with a `grpc-timeout`.
pub(super) fn within(time: &str, mut call: Call) -> Call {
    call.metadata.insert("grpc-timeout".to_owned(), vec![time.to_owned()]);
    call
}

/// Sends a call.
pub(super) async fn begun(
    connection: &Connection,
    call: &Call,
    server: &Server,
) -> Checked<Exchange> {
    Ok(Exchange::begin(connection, prepare(call, server)?.outgoing).await?)
}

/// The answer of a call that has to end; that it does not is a failure.
pub(super) async fn ended(exchange: Exchange, patience: Duration) -> Checked<Answer> {
    match timeout(patience, exchange.end(patience)).await {
        Ok(Ok(answer)) => Ok(answer),
        Err(_) | Ok(Err(CallError::Silence(_))) => Err(Trouble::different(
            "an end of the call",
            format!("none within {} s", patience.as_secs_f64()),
        )),
        Ok(Err(error)) => Err(error.into()),
    }
}

/// Whether this came of a call: OK.
pub(super) fn is_ok(call: &Call, answer: &Answer) -> Checked {
    judged(call, answer, &Expect::default())
}

/// Whether this came of a call: code and reason, after as many messages as came.
pub(super) fn is_refused(call: &Call, answer: &Answer, code: Code, reason: &str) -> Checked {
    let messages = Some(answer.messages.len());
    let expect = Expect { code, reason: Some(reason.to_owned()), messages, ..Expect::default() };
    judged(call, answer, &expect)
}

/// The same of a stream that has begun: the status is in its trailers.
pub(super) fn is_cut_off(call: &Call, answer: &Answer, code: Code, reason: &str) -> Checked {
    is_refused(call, answer, code, reason)?;
    let came = answer.messages.len();
    expect(came > 0, "frames before the end", || "none".to_owned())?;
    expect(answer.trailers.is_some(), "a status in trailers", || "one in headers".to_owned())
}

/// Whether an answer is what is expected.
pub(super) fn judged(call: &Call, answer: &Answer, expect: &Expect) -> Checked {
    let (profile, method) = (Profile::Transport, &*call.method);
    judge::judge(&Expected { expect, profile, method, golden: None }, answer)
}

/// The last message so far.
pub(super) fn last_message(call: &Call, answer: &Answer) -> Checked<Map<String, Value>> {
    let last = judge::decoded(&call.method, answer)?.pop();
    last.ok_or_else(|| Trouble::different("a message", "none"))
}

impl Surroundings<'_> {
    /// A connection of its own.
    pub(super) async fn connect(&self) -> Checked<Connection> {
        Ok(Connection::open(&self.server.endpoint).await?)
    }

    /// A connection of its own for a slow reader.
    pub(super) async fn connect_narrow(&self) -> Checked<Connection> {
        Ok(Connection::open_narrow(&self.server.endpoint).await?)
    }

    /// Sends a call to the server of the case.
    pub(super) async fn begin(&self, connection: &Connection, call: &Call) -> Checked<Exchange> {
        begun(connection, call, self.server).await
    }

    /// Sends a call, and waits for its end.
    pub(super) async fn answer(&self, connection: &Connection, call: &Call) -> Checked<Answer> {
        ended(self.begin(connection, call).await?, self.patience).await
    }

    /// Whether a call is answered, and with OK.
    pub(super) async fn is_answered(&self, connection: &Connection, call: &Call) -> Checked {
        is_ok(call, &self.answer(connection, call).await?)
    }

    /// Waits until a stream has sent this many messages.
    pub(super) async fn goes_on(
        &self,
        exchange: &mut Exchange,
        messages: usize,
    ) -> Checked<Answer> {
        let answer = match exchange.messages(messages, self.patience).await {
            Ok(answer) => answer.clone(),
            Err(CallError::Silence(_)) => {
                return Err(Trouble::different(format!("{messages} messages"), "silence"));
            }
            Err(error) => return Err(error.into()),
        };
        let came = answer.messages.len();
        expect(came >= messages, format!("{messages} messages"), || {
            format!("{came}, and the end")
        })?;
        Ok(answer)
    }

    /// What a server that is no process of the suite cannot show.
    pub(super) fn process(&self) -> Checked<&crate::server::Process> {
        let none = "it needs a server that the suite starts: name a command with --spawn";
        self.server.process.as_deref().ok_or_else(|| Trouble::Skip(none.to_owned()))
    }
}
