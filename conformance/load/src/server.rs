//! A server that is called: where it is, and what it asks of its callers.

use std::fmt;
use std::path::PathBuf;

/// A server that is called.
#[derive(Clone, Default)]
pub struct Server {
    /// Where it is: `http://host:port` or `https://host:port`.
    pub target: String,
    /// PEM file with the authority that its certificate is from.
    pub ca: Option<PathBuf>,
    /// The key that signs its calls.
    pub api_key: Option<String>,
    /// The process that serves, if it is on this machine and known: its CPU time is
    /// read, and that of the processes which it has started.
    pub pid: Option<u32>,
}

/// Without the key.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let api_key = self.api_key.as_ref().map(|_| "(set)");
        f.debug_struct("Server")
            .field("target", &self.target)
            .field("ca", &self.ca)
            .field("api_key", &api_key)
            .field("pid", &self.pid)
            .finish()
    }
}
