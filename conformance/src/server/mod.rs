//! A server, and its process if the suite has started it.

mod certificates;
mod process;
mod setups;
mod starter;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use conformance_wire::Endpoint;

pub use process::{Process, free_port};
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
}
