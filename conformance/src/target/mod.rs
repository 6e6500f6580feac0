//! What is tested: a server at an address, or a program that the suite starts as
//! often as it needs.

mod address;
mod alive;
mod certificates;
mod process;
mod servers;
mod setups;
mod starter;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use address::{Address, BadAddress};
pub use process::{Process, free_port};
pub use servers::{NoServer, Running, Servers};
pub use setups::{Setup, Setups};

use crate::client::Endpoint;

/// MiB a message that a server takes, unless it is told otherwise.
const DEFAULT_MESSAGE_MIB: usize = 100;

/// What is tested.
#[derive(Clone, Debug)]
pub enum Target {
    /// A server that runs.
    Address(Address),
    /// A command that starts one, with the variables of `spec/configuration.md`.
    Spawn(Spawn),
}

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

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "{}", address.endpoint),
            Self::Spawn(spawn) => f.write_str(&spawn.command.join(" ")),
        }
    }
}
