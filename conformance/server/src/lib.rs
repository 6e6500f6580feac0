//! A server, and its process if the suite has started it.
//!
//! What it is started with is in `cases/setups.toml`. The suite knows no more of it than
//! its address, its keys, and how it ends.
#![forbid(unsafe_code)]

mod certificates;
mod log;
mod process;
mod setups;
mod starter;

use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use conformance_wire::Endpoint;

pub use certificates::Certificates;
pub use log::ServerLog;
pub use process::Process;
pub use setups::{Setup, Setups};
pub use starter::{Starter, listening};

/// MiB a message that a server takes, unless it is told otherwise.
pub const DEFAULT_MESSAGE_MIB: usize = 100;

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Spawn {
    /// Program and arguments; one word alone goes to the shell.
    pub command: Vec<String>,
    /// Variables beside those of a set-up.
    pub variables: Vec<(String, String)>,
    /// How long it may take until it answers.
    pub start_within: Duration,
    /// Where what servers write is kept. If it is `None`, it goes with the server.
    pub log_folder: Option<PathBuf>,
    /// Whether the servers that cases share are left running after the run.
    pub keep_running: bool,
}

impl Spawn {
    /// Servers of this command, which end with the run, and nothing of what they write is kept.
    #[must_use]
    pub fn new(command: Vec<String>, start_within: Duration) -> Self {
        let (variables, log_folder) = (Vec::new(), None);
        Self { command, variables, start_within, log_folder, keep_running: false }
    }
}

/// A server, as a case sees it.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where it is.
    pub endpoint: Endpoint,
    /// The keys that it knows; none if it asks for none.
    pub keys: Vec<String>,
    /// Bytes a message may have.
    pub message_limit: usize,
    /// Where its certificates are, if it has TLS and the suite started it.
    pub certificates: Option<Arc<PathBuf>>,
    /// Its process, if the suite started it.
    pub process: Option<Arc<Process>>,
    /// Its set-up and the variables that it was started with, a line each, if the
    /// suite started it.
    pub started_with: Vec<String>,
    /// How it is started again, if the suite started it.
    pub restart: Option<Restart>,
}

/// How a server is started again that the suite has started.
#[derive(Clone, Debug)]
pub struct Restart {
    /// The command line.
    pub command: String,
    /// Whether it ends with the run, also where tests share it.
    pub ends: bool,
}

impl Server {
    /// How its process ended, if the suite has started it and it has.
    #[must_use]
    pub fn ended(&self) -> Option<ExitStatus> {
        self.process.as_ref()?.ended()
    }

    /// The end of what it has written to standard error, each line on a line of its own, if the
    /// suite has started it.
    #[must_use]
    pub fn last_words(&self) -> String {
        let lines = self.process.iter().flat_map(|process| process.log().last_lines());
        lines.flat_map(|line| ["\n  | ".to_owned(), line]).collect()
    }
}
