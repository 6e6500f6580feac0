//! What a load is told on the command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use clap::{Args, ValueEnum};
use conformance_wire::Endpoint;
use http::uri::InvalidUri;

use super::gate::Limit;
use super::messages::{Messages, Seed};
use super::method::Method;
use super::report::Settings;
use super::run::Plan;
use super::template::Template;
use super::values::{self, Unprinted};
use crate::Failure;

/// Most connections.
pub const MAX_CONNECTIONS: u64 = 1000;
/// Most streams on a connection.
pub const MAX_STREAMS: u64 = 1000;
/// Most threads.
pub const MAX_THREADS: u64 = 64;
/// Most counted calls.
pub const MAX_CALLS: u64 = 10_000_000_000;

const DEFAULT_DURATION: Duration = Duration::from_secs(10);

/// Put a server under load, and report how fast it answers
#[derive(Debug, Args)]
#[command(after_help = "\
A closed loop (no --rate) keeps every stream busy and shows what the server can do. An open loop
(--rate) calls at its own pace, as many callers would, and shows how long they wait. The report says
which latencies are corrected for coordinated omission, and how.

One call is made before the load, and not counted. Ctrl-C ends the load early, with a report.
Exit code: 0 after a load, also with failed calls up to --max-error-rate; 1 if there are more, if no
call succeeded or if the server stopped answering; 2 for bad options.

A server refuses what is beyond its limits, by default 1000 calls a second of a key. To see what it
can do, start it with MFN_GRPC_RATE_LIMIT_RPS=0 and MFN_GRPC_RATE_LIMIT_CONCURRENT=0, and with
MFN_GRPC_AUDIT_LOG=off if its audit would go to a terminal.

Examples:
  conformance load --target http://127.0.0.1:50051
  conformance load --target http://127.0.0.1:50051 --connections 4 --streams 25 --duration 30s
  conformance load --target http://127.0.0.1:50051 --rate 2000 --ramp 5s --warm-up 5s --seed new
  conformance load --target http://127.0.0.1:50051 --method StreamSimulation \\
      --data '{\"grid_size\": 64, \"steps\": 100, \"stream_interval\": 10}' --calls 10000
  MFN_CONFORMANCE_API_KEY=a-key conformance load --target https://localhost:50051 --ca ca.pem \\
      --format json --output load.json --max-error-rate 0.001")]
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

    /// Sign each call by itself, for servers with replay protection, and not once a second
    #[arg(long)]
    sign_each: bool,

    /// Connections: 1 to 1000
    #[arg(long, short, default_value_t = 10, value_name = "NUMBER")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=MAX_CONNECTIONS))]
    connections: u64,

    /// Streams, so calls at once, on each connection: 1 to 1000
    #[arg(long, short = 'm', default_value_t = 10, value_name = "NUMBER")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=MAX_STREAMS))]
    streams: u64,

    /// Threads: 1 to 64, and no more than connections [default: one a core]
    #[arg(long, value_name = "NUMBER")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=MAX_THREADS))]
    threads: Option<u64>,

    /// How long to call, such as 30s or 5min: up to 24h [default: 10s]
    #[arg(long, short, value_name = "TIME", conflicts_with = "calls")]
    #[arg(value_parser = values::duration)]
    duration: Option<Duration>,

    /// How many calls to make, in place of a duration: 1 to 10000000000
    #[arg(long, short = 'n', value_name = "NUMBER")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=MAX_CALLS))]
    calls: Option<u64>,

    /// Calls a second of an open loop, of all streams together: 0.001 to 1000000
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, value_parser = values::rate)]
    rate: Option<f64>,

    /// Time over which the rate, or in a closed loop the streams, rise from none: up to 24h
    #[arg(long, default_value = "0s", value_name = "TIME", value_parser = values::time)]
    ramp: Duration,

    /// Time whose calls are not counted, before the duration begins: up to 24h
    #[arg(long, default_value = "0s", value_name = "TIME", value_parser = values::time)]
    warm_up: Duration,

    /// How long a call, or a connection, may take until it has failed: up to 5min
    #[arg(long, default_value = "5s", value_name = "TIME", value_parser = values::timeout)]
    timeout: Duration,

    /// Method to call
    #[arg(long, value_enum, default_value_t = Method::RunSimulation, value_name = "METHOD")]
    method: Method,

    /// Request, in proto3 JSON
    #[arg(long, default_value = r#"{"grid_size": 16, "steps": 16}"#, value_name = "JSON")]
    data: String,

    /// Seed of the calls: 'fixed:N' for one, 'new' for another in each [default: as in the request]
    #[arg(long, value_name = "SEED")]
    seed: Option<Seed>,

    /// Errors over calls, 0 to 1, above which the exit code is 1 [default: 0.5]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, value_parser = values::error_rate)]
    pub(super) max_error_rate: Option<f64>,

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
        let usage = Failure::Usage;
        let endpoint = Endpoint::parse(&self.target, self.ca.as_deref())
            .map_err(|error| usage(error.to_string()))?;
        let seed = self.seed();
        let messages = Messages::new(self.method, &self.data, seed)
            .map_err(|why| usage(format!("--data cannot be sent: {why}")))?;
        let uri = format!("{endpoint}/{}", self.method.full_name());
        let uri = uri.parse().map_err(|error: InvalidUri| usage(error.to_string()))?;
        let template = match &self.api_key {
            Some(Unprinted(key)) => Template::new(uri)
                .signed(key, self.sign_each)
                .map_err(|bad| usage(format!("MFN_CONFORMANCE_API_KEY (--api-key) {bad}")))?,
            None if self.sign_each => {
                return Err(usage("--sign-each needs a key: set MFN_CONFORMANCE_API_KEY".into()));
            }
            None => Template::new(uri),
        };
        let limit = match self.calls {
            Some(calls) => Limit::Calls(calls),
            None => Limit::Duration(self.duration.unwrap_or(DEFAULT_DURATION)),
        };
        Ok(Plan {
            endpoint,
            connections: self.connections as usize,
            streams: self.streams as usize,
            threads: self.threads(),
            rate: self.rate,
            ramp: self.ramp,
            warm_up: self.warm_up,
            limit,
            timeout: self.timeout,
            messages: Arc::new(messages),
            template,
        })
    }

    /// What stands about it in the report.
    pub(super) fn settings(&self, plan: &Plan) -> Settings {
        Settings {
            target: plan.endpoint.to_string(),
            method: self.method.full_name().to_owned(),
            connections: plan.connections,
            streams: plan.streams,
            threads: plan.threads,
            duration_seconds: match plan.limit {
                Limit::Duration(duration) => Some(duration.as_secs_f64()),
                Limit::Calls(_) => None,
            },
            calls: self.calls,
            rate: plan.rate,
            ramp_seconds: plan.ramp.as_secs_f64(),
            warm_up_seconds: plan.warm_up.as_secs_f64(),
            timeout_seconds: plan.timeout.as_secs_f64(),
            seed: self.seed().to_string(),
            signed: match (&self.api_key, self.sign_each) {
                (None, _) => "never",
                (Some(_), false) => "each second",
                (Some(_), true) => "each call",
            },
        }
    }

    fn seed(&self) -> Seed {
        self.seed.unwrap_or(Seed::OfRequest)
    }

    fn threads(&self) -> usize {
        let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get) as u64;
        let wanted = self.threads.unwrap_or_else(cores);
        wanted.min(self.connections).min(MAX_THREADS) as usize
    }
}
