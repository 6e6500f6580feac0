//! The servers under load, each a process of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::bare_server;

/// A server that is ready; it ends with this.
pub(crate) struct Served {
    process: Child,
    pub(crate) address: String,
}

impl Served {
    /// The bare server.
    pub(crate) fn bare() -> Result<Self, String> {
        let this = std::env::current_exe().map_err(|error| error.to_string())?;
        Self::start(Command::new(this).arg(bare_server::FLAG))
    }

    /// `mfn serve`, with these flags.
    pub(crate) fn mfn(flags: &[&str]) -> Result<Self, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mfn"));
        Self::start(command.args(["serve", "--port", "0"]).args(flags))
    }

    fn start(command: &mut Command) -> Result<Self, String> {
        let mut process =
            command.stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
        let mut line = String::new();
        let stdout = process.stdout.take().ok_or("it has no output")?;
        BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        let address = line.split_whitespace().find(|word| word.starts_with("127.0.0.1:"));
        let address = address.ok_or_else(|| format!("no address: {line}"))?.to_owned();
        Ok(Self { process, address })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
