//! The servers under load, each a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use clap::ValueEnum as _;
use conformance_load::compare::Server;

use crate::bare_server::{self, Runtimes};

/// A server that is ready; it ends with this.
pub(crate) struct Served {
    process: Process,
    address: String,
    /// Whether calls are to be signed.
    has_keys: bool,
}

/// Whether `mfn serve` keeps answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cache {
    Default,
    Off,
}

/// The variable that makes this program `mfn`.
pub(crate) const SERVE: &str = "THROUGHPUT_SERVE";
/// What signs the calls.
const KEY: &str = "key-of-the-bench";

impl Served {
    /// The bare server, on these runtimes.
    pub(crate) fn bare(runtimes: Runtimes) -> Result<Self, String> {
        let this = std::env::current_exe().map_err(|error| error.to_string())?;
        let runtimes = runtimes.to_possible_value().ok_or("they have no name")?;
        let flag = format!("--{}={}", bare_server::FLAG, runtimes.get_name());
        Self::start(Command::new(this).arg(flag))
    }

    /// `mfn serve` without keys, limits and audit, which computes every answer.
    pub(crate) fn open() -> Result<Self, String> {
        let limits = ["--rate-limit-rps", "0", "--rate-limit-concurrent", "0"];
        Self::start(mfn(Cache::Off)?.args(limits).args(["--audit-log", "off"]))
    }

    /// `mfn serve` with a key, limits that are high but there, and an audit in a
    /// file.
    pub(crate) fn guarded(audit_log: &Path, cache: Cache) -> Result<Self, String> {
        std::fs::remove_file(audit_log).ok();
        let limits = ["--rate-limit-rps", "1000000", "--rate-limit-concurrent", "1000"];
        let mut command = mfn(cache)?;
        command.args(limits).arg("--audit-log").arg(audit_log).env("MFN_API_KEY", KEY);
        Ok(Self { has_keys: true, ..Self::start(&mut command)? })
    }

    fn start(command: &mut Command) -> Result<Self, String> {
        let mut process =
            command.stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
        let mut line = String::new();
        let stdout = process.stdout.take().ok_or("it has no output")?;
        BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        let address = line.split_whitespace().find(|word| word.starts_with("127.0.0.1:"));
        let address = address.ok_or_else(|| format!("no address: {line}"))?.to_owned();
        Ok(Self { process: Process(process), address, has_keys: false })
    }

    /// How it is called.
    pub(crate) fn callee(&self) -> Server {
        Server {
            target: format!("http://{}", self.address),
            api_key: self.has_keys.then(|| KEY.to_owned()),
            pid: Some(self.process.0.id()),
            ..Server::default()
        }
    }
}

/// This program as `mfn serve`.
fn mfn(cache: Cache) -> Result<Command, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(this);
    command.env(SERVE, "1").args([
        "serve",
        "--port",
        "0",
        "--host",
        "127.0.0.1",
        "--admin-port",
        "0",
    ]);
    // Without limits it warns of the memory that it could need.
    command.env("MFN_LOG", "error");
    if cache == Cache::Off {
        command.env("MFN_GRPC_CACHE_MB", "0");
    }
    Ok(command)
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
