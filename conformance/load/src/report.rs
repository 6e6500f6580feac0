//! What a run came to, for people and for programs.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use super::call::CODES;
use super::expect::Judgement;
use super::latency::{Bar, Latencies};
use super::outcome::{Ending, Outcome};
use super::refusal::Refusal;

const BYTES_A_MB: f64 = 1e6;

/// Everything about a run. The keys are stable: more may come, none will go.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Report {
    /// Version of the suite.
    pub suite: String,
    /// What was run.
    pub load: Settings,
    /// How it ended.
    pub ending: Ending,
    /// From the first counted call to the end of the last one.
    pub elapsed_seconds: f64,
    /// Counted calls, whatever became of them.
    pub calls: u64,
    /// Those with the code OK.
    pub ok: u64,
    /// The others.
    pub errors: u64,
    /// Errors over calls, 0 to 1.
    pub error_rate: f64,
    /// Calls over time, whatever became of them.
    pub calls_per_second: f64,
    /// Calls with the code OK over time.
    pub ok_per_second: f64,
    /// Messages that came.
    pub messages: u64,
    /// Messages over time.
    pub messages_per_second: f64,
    /// Bytes of DATA that came.
    pub received_bytes: u64,
    /// The same over time, in 10^6 bytes a second.
    pub received_mb_per_second: f64,
    /// Calls with an answer, by its code.
    pub codes: BTreeMap<String, u64>,
    /// Those with another code than OK, by the reason that the server gave: the most
    /// frequent first.
    pub refusals: Vec<Refused>,
    /// Calls without one, by what happened: `timeout`, `connection`, `no_status`,
    /// `http:STATUS`, `reset:REASON`.
    pub faults: BTreeMap<String, u64>,
    /// Connections that broke and were made again.
    pub reconnects: u64,
    /// Connections that broke and could not be made again.
    pub connections_given_up: u64,
    /// Calls of an open loop that were due, and for which no stream was free until
    /// the end.
    pub not_started: u64,
    /// Calls that were cut off at the end, and are not counted.
    pub cut_off: u64,
    /// Streams that the server allows on a connection.
    pub streams_allowed: usize,
    /// Times of calls with the code OK and of those that timed out.
    pub latency: Latencies,
    /// How many calls took how long, as measured.
    pub histogram: Vec<Bar>,
    /// What was expected, in the order in which it was asked for.
    pub expectations: Vec<Judgement>,
    /// Why the run is no success, so that the exit code is not 0; null if it is one.
    pub failure: Option<String>,
}

/// Calls that were refused alike.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Refused {
    /// The name of the code.
    pub code: &'static str,
    /// The reason in the details of the status, such as `RATE_LIMIT_RPS`; null if
    /// there is none.
    pub reason: Option<String>,
    /// How many.
    pub calls: u64,
}

/// What was run.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
pub struct Settings {
    /// Where the server is.
    pub target: String,
    /// The method's service and name.
    pub method: String,
    /// The request, in proto3 JSON.
    pub data: String,
    /// Connections.
    pub connections: usize,
    /// Calls at once on each.
    pub streams: usize,
    /// Threads.
    pub threads: usize,
    /// How long it was to be; null if calls were to be counted.
    pub duration_seconds: Option<f64>,
    /// How many calls it was to be; null if there was a duration.
    pub calls: Option<u64>,
    /// Calls a second of an open loop; null in a closed one.
    pub rate: Option<f64>,
    /// Length of the rise.
    pub ramp_seconds: f64,
    /// What was not counted at the start.
    pub warm_up_seconds: f64,
    /// How long a call could take.
    pub timeout_seconds: f64,
    /// `new`, `fixed:N` or `of the request`.
    pub seed: String,
    /// Which calls have a signature of their own: `never`, `each second`,
    /// `each call`.
    pub signed: &'static str,
}

impl Report {
    /// Its schema in JSON.
    #[must_use]
    pub fn schema() -> Schema {
        schema_for!(Self)
    }

    pub(super) fn new(load: Settings, outcome: &Outcome) -> Self {
        let tally = &outcome.tally;
        let (calls, ok) = (tally.calls(), tally.ok());
        let seconds = outcome.elapsed.as_secs_f64();
        let a_second = |amount: f64| if seconds > 0.0 { amount / seconds } else { 0.0 };
        let errors = calls - ok;
        Self {
            suite: env!("CARGO_PKG_VERSION").to_owned(),
            ending: outcome.ending,
            elapsed_seconds: seconds,
            calls,
            ok,
            errors,
            error_rate: if calls > 0 { errors as f64 / calls as f64 } else { 0.0 },
            calls_per_second: a_second(calls as f64),
            ok_per_second: a_second(ok as f64),
            messages: tally.messages,
            messages_per_second: a_second(tally.messages as f64),
            received_bytes: tally.bytes,
            received_mb_per_second: a_second(tally.bytes as f64 / BYTES_A_MB),
            codes: codes(&tally.codes),
            refusals: refusals(&tally.refusals),
            faults: tally.faults.iter().map(|(fault, &calls)| (fault.name(), calls)).collect(),
            reconnects: tally.reconnects,
            connections_given_up: tally.given_up,
            not_started: outcome.not_started,
            cut_off: tally.begun.saturating_sub(tally.ended),
            streams_allowed: outcome.streams_allowed,
            latency: Latencies::of(tally, load.rate.is_some()),
            histogram: Bar::all(&tally.from_start),
            expectations: Vec::new(),
            failure: None,
            load,
        }
    }
}

/// By gRPC's names, those that came.
fn codes(counts: &[u64; CODES]) -> BTreeMap<String, u64> {
    let named = conformance_wire::CODE_NAMES.iter().zip(counts);
    let came = named.filter(|(_, calls)| **calls > 0);
    came.map(|(name, &calls)| ((*name).to_owned(), calls)).collect()
}

fn refusals(counts: &BTreeMap<Refusal, u64>) -> Vec<Refused> {
    let mut refusals: Vec<_> = counts
        .iter()
        .map(|(&Refusal { code, reason }, &calls)| {
            let code = conformance_wire::CODE_NAMES[code];
            Refused { code, reason: reason.map(|reason| reason.to_string()), calls }
        })
        .collect();
    refusals.sort_by_key(|refused| Reverse(refused.calls));
    refusals
}
