//! What a load is told on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::calls::Calls;
use super::expect::Expect;
use super::gate::Limit;
use super::report::Settings;
use super::run::{Pace, Plan};
use super::server::Server;
use super::values::{self, Unprinted};
use crate::Failure;

/// Most counted calls.
pub const MAX_CALLS: u64 = 10_000_000_000;

const DEFAULT_DURATION: Duration = Duration::from_secs(10);

/// Put a server under load, and report how fast it answers
#[derive(Debug, Args)]
#[command(after_help = "\
A closed loop (no --rate) keeps every stream busy and shows what the server can do. An open loop
(--rate) calls at its own pace, as many callers would, and shows how long they wait. The report says
which latencies are corrected for coordinated omission, and how.

One call is made before the load, and not counted. Ctrl-C ends the load early, with a report, but
without a verdict where there are expectations or --max-error-rate.

An expectation is a figure of the report, an operator (<= < >= > ==) and a number. Figures have the
names of the JSON report: ok_per_second, error_rate, latency.corrected.p99_us, codes.UNAVAILABLE,
refusals.RATE_LIMIT_RPS. p99_ms and the like are the times to be quoted: those corrected in an open
loop, those measured in a closed loop. A file of expectations is TOML, with one list:
  expect = [\"ok_per_second >= 40000\", \"p99_ms <= 5\"]

Exit code: 0 after a load of which all is as expected, also with failed calls up to
--max-error-rate; 1 if an expectation is not met, if more calls failed, if none succeeded or if the
server stopped answering; 2 if the load could not be run: for bad options, a server that cannot be
reached or refuses the key or the request, a report that cannot be written, or Ctrl-C before a
verdict.

A server refuses what is beyond its limits, by default 1000 calls a second of a key: --rate 500 stays
below. To see what it can do, start it with MFN_GRPC_RATE_LIMIT_RPS=0,
MFN_GRPC_RATE_LIMIT_CONCURRENT=0 and, if its audit would go to a terminal, MFN_GRPC_AUDIT_LOG=off.

Examples:
  conformance load --target http://127.0.0.1:50051
  conformance load --target http://127.0.0.1:50051 --connections 4 --streams 25 --duration 30s
  conformance load --target http://127.0.0.1:50051 --rate 2000 --ramp 5s --warm-up 5s --seed new
  conformance load --target http://127.0.0.1:50051 --method StreamSimulation \\
      --data '{\"grid_size\": 64, \"steps\": 100, \"stream_interval\": 10}' --calls 10000
  MFN_CONFORMANCE_API_KEY=a-key conformance load --target https://localhost:50051 --ca ca.pem \\
      --format json --output load.json --expect 'error_rate == 0' --expect 'p99_ms <= 5'")]
pub struct Load {
    /// Server to call: http://host:port or https://host:port
    #[arg(long, env = "MFN_CONFORMANCE_TARGET", hide_env_values = true, value_name = "URL")]
    target: String,

    /// PEM file with the authority that the server's certificate is from
    #[arg(long, env = "MFN_CONFORMANCE_CA", hide_env_values = true, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Key to sign calls with; better given as a variable, which others do not see
    #[arg(long, env = "MFN_CONFORMANCE_API_KEY", hide_env_values = true, value_name = "KEY")]
    api_key: Option<Unprinted>,

    #[command(flatten)]
    calls: Calls,

    /// How long to call, such as 30s or 5min: up to 24h [default: 10s]
    #[arg(long, short, value_name = "TIME", conflicts_with = "number")]
    #[arg(value_parser = values::duration)]
    duration: Option<Duration>,

    /// How many calls to make, in place of a duration: 1 to 10000000000
    #[arg(long = "calls", short = 'n', value_name = "NUMBER")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=MAX_CALLS))]
    number: Option<u64>,

    /// Calls a second of an open loop, of all streams together: 0.001 to 1000000
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, value_parser = values::rate)]
    rate: Option<f64>,

    /// Time over which the rate, or in a closed loop the streams, rise from none: up to 24h
    #[arg(long, default_value = "0s", value_name = "TIME", value_parser = values::time)]
    ramp: Duration,

    /// Time whose calls are not counted, before the duration begins: up to 24h
    #[arg(long, default_value = "0s", value_name = "TIME", value_parser = values::time)]
    warm_up: Duration,

    /// Errors over calls, 0 to 1, above which the exit code is 1 [default: 0.5]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, value_parser = values::error_rate)]
    pub(super) max_error_rate: Option<f64>,

    #[command(flatten)]
    pub(super) expect: Expect,

    /// How to print the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,

    /// Where to write the report [default: -, standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

impl Load {
    /// What is to be run, checked.
    ///
    /// # Errors
    /// The target, its authority, the key or the request are not what they should
    /// be, or options do not go together.
    pub(super) fn plan(&self) -> Result<Plan, Failure> {
        let Self { target, ca, api_key, .. } = self;
        let server = Server {
            target: target.clone(),
            ca: ca.clone(),
            api_key: api_key.as_ref().map(|Unprinted(key)| key.clone()),
            pid: None,
        };
        let limit = match self.number {
            Some(calls) => Limit::Calls(calls),
            None => Limit::Duration(self.duration.unwrap_or(DEFAULT_DURATION)),
        };
        let Self { rate, ramp, warm_up, .. } = *self;
        self.calls.plan(&server, Pace { rate, ramp, warm_up, limit, shows_progress: true })
    }

    /// What stands about it in the report.
    pub(super) fn settings(&self, plan: &Plan) -> Settings {
        let Pace { rate, ramp, warm_up, limit, .. } = plan.pace;
        Settings {
            target: plan.endpoint.to_string(),
            method: self.calls.method.full_name().to_owned(),
            data: self.calls.data.clone(),
            connections: plan.connections,
            streams: plan.streams,
            threads: plan.threads,
            duration_seconds: match limit {
                Limit::Duration(duration) => Some(duration.as_secs_f64()),
                Limit::Calls(_) => None,
            },
            calls: self.number,
            rate,
            ramp_seconds: ramp.as_secs_f64(),
            warm_up_seconds: warm_up.as_secs_f64(),
            timeout_seconds: plan.timeout.as_secs_f64(),
            seed: self.calls.seed().to_string(),
            signed: match (&self.api_key, self.calls.sign_each) {
                (None, _) => "never",
                (Some(_), false) => "each second",
                (Some(_), true) => "each call",
            },
        }
    }
}
