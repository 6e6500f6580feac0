//! Which calls are made, and how many at once.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use clap::Args;
use conformance_wire::Endpoint;
use http::uri::InvalidUri;

use super::messages::{Messages, Seed};
use super::method::Method;
use super::run::{Pace, Plan};
use super::server::Server;
use super::template::Template;
use super::values;
use crate::Failure;

/// Most connections.
pub const MAX_CONNECTIONS: u64 = 1000;
/// Most streams on a connection.
pub const MAX_STREAMS: u64 = 1000;
/// Most threads.
pub const MAX_THREADS: u64 = 64;

const DEFAULT_CONNECTIONS: u64 = 10;
const DEFAULT_STREAMS: u64 = 10;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
const DEFAULT_DATA: &str = r#"{"grid_size": 16, "steps": 16}"#;

/// Which calls are made, and how many at once.
#[derive(Args, Clone, Debug)]
pub struct Calls {
    /// Connections: 1 to 1000
    #[arg(long, short, default_value_t = DEFAULT_CONNECTIONS, value_name = "NUMBER")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=MAX_CONNECTIONS))]
    pub connections: u64,

    /// Streams, so calls at once, on each connection: 1 to 1000
    #[arg(long, short = 'm', default_value_t = DEFAULT_STREAMS, value_name = "NUMBER")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=MAX_STREAMS))]
    pub streams: u64,

    /// Threads: 1 to 64, and no more than connections [default: one a core, and in comparisons one
    /// for two cores]
    #[arg(long, value_name = "NUMBER")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=MAX_THREADS))]
    pub threads: Option<u64>,

    /// How long a call, or a connection, may take until it has failed: up to 5min
    #[arg(long, default_value = "5s", value_name = "TIME", value_parser = values::timeout)]
    pub timeout: Duration,

    /// Method to call
    #[arg(long, value_enum, default_value_t = Method::RunSimulation, value_name = "METHOD")]
    pub method: Method,

    /// Request, in proto3 JSON
    #[arg(long, default_value = DEFAULT_DATA, value_name = "JSON")]
    pub data: String,

    /// Seed of the calls: 'fixed:N' for one, 'new' for another in each [default: as in the request]
    #[arg(long, value_name = "SEED")]
    pub seed: Option<Seed>,

    /// Sign each call by itself, for servers with replay protection, and not once a second
    #[arg(long)]
    pub sign_each: bool,
}

/// What the command line has by default.
impl Default for Calls {
    fn default() -> Self {
        Self {
            connections: DEFAULT_CONNECTIONS,
            streams: DEFAULT_STREAMS,
            threads: None,
            timeout: DEFAULT_TIMEOUT,
            method: Method::RunSimulation,
            data: DEFAULT_DATA.to_owned(),
            seed: None,
            sign_each: false,
        }
    }
}

impl Calls {
    /// These calls to `server`, checked.
    ///
    /// # Errors
    /// The address, its authority, the key or the request are not what they should
    /// be, or do not go together.
    pub(super) fn plan(&self, server: &Server, pace: Pace) -> Result<Plan, Failure> {
        let usage = Failure::Usage;
        let endpoint = Endpoint::parse(&server.target, server.ca.as_deref())
            .map_err(|error| usage(error.to_string()))?;
        let messages = Messages::new(self.method, &self.data, self.seed())
            .map_err(|why| usage(format!("--data cannot be sent: {why}")))?;
        let uri = format!("{endpoint}/{}", self.method.full_name());
        let uri = uri.parse().map_err(|error: InvalidUri| usage(error.to_string()))?;
        let template = match &server.api_key {
            Some(key) => Template::new(uri)
                .signed(key, self.sign_each)
                .map_err(|bad| usage(format!("MFN_CONFORMANCE_API_KEY (--api-key) {bad}")))?,
            None if self.sign_each => {
                return Err(usage("--sign-each needs a key: set MFN_CONFORMANCE_API_KEY".into()));
            }
            None => Template::new(uri),
        };
        Ok(Plan {
            endpoint,
            connections: self.connections as usize,
            streams: self.streams as usize,
            threads: self.threads(),
            pace,
            timeout: self.timeout,
            messages: Arc::new(messages),
            template,
        })
    }

    /// The seed, as messages are made with it.
    pub(super) fn seed(&self) -> Seed {
        self.seed.unwrap_or(Seed::OfRequest)
    }

    /// These calls, on half of the cores if nothing else was asked for: what a call
    /// costs a server varies less if nobody takes its cores.
    pub(super) fn sharing_cores(&self) -> Self {
        let threads = self.threads.or(Some((cores() / 2).max(1)));
        Self { threads, ..self.clone() }
    }

    /// Threads that call.
    pub(super) fn threads(&self) -> usize {
        let wanted = self.threads.unwrap_or_else(cores);
        wanted.min(self.connections).min(MAX_THREADS) as usize
    }
}

fn cores() -> u64 {
    thread::available_parallelism().map_or(1, NonZeroUsize::get) as u64
}
