//! The load: `h2load` with one request, over and over.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use mfn_access::{Secret, Signer};
use mfn_proto::SimulationRequest;
use prost::Message as _;

use crate::server::{KEY, Served};

/// Connections, and calls at once on each.
pub(crate) const CONNECTIONS: u32 = 10;
pub(crate) const STREAMS: u32 = 10;
/// Calls of one round.
pub(crate) const CALLS: u32 = 150_000;

const METHOD: &str = "/mfn.MFNSimulationService/RunSimulation";
/// How long the audit log may take for its last lines.
const PATIENCE: Duration = Duration::from_secs(10);

/// A request in a file, for `h2load`.
pub(crate) struct Load {
    request: PathBuf,
}

impl Load {
    pub(crate) fn new() -> Result<Self, String> {
        let message =
            SimulationRequest { seed: 42, grid_size: 16, steps: 16, ..Default::default() };
        let message = message.encode_to_vec();
        let length = u32::try_from(message.len()).map_err(|error| error.to_string())?;
        let framed = [&[0], length.to_be_bytes().as_slice(), &message].concat();
        let request = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("throughput.bin");
        fs::write(&request, framed).map_err(|error| error.to_string())?;
        Ok(Self { request })
    }

    /// What `server` answers, of a round.
    pub(crate) fn calls_a_second(&self, server: &Served) -> Result<f64, String> {
        let url = format!("http://{}{METHOD}", server.address);
        let signed = if server.has_keys { signed_headers()? } else { Vec::new() };
        let output = Command::new("h2load")
            .args(["-c", &CONNECTIONS.to_string(), "-m", &STREAMS.to_string()])
            .args(["-n", &CALLS.to_string(), "-t", "1", "-d"])
            .arg(&self.request)
            .args(["-H", "content-type: application/grpc", "-H", "te: trailers"])
            .args(signed.iter().flat_map(|header| ["-H", header]))
            .arg(&url)
            .output()
            .map_err(|error| format!("h2load (Debian: nghttp2-client): {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !text.contains(&format!("{CALLS} succeeded, 0 failed")) {
            return Err(format!("h2load did not succeed: {text}"));
        }
        let rate = text.split_whitespace().zip(text.split_whitespace().skip(1));
        rate.filter(|(_, unit)| *unit == "req/s,")
            .find_map(|(rate, _)| rate.parse().ok())
            .ok_or_else(|| format!("h2load did not say its rate: {text}"))
    }
}

/// A signature of now, which holds for a round.
fn signed_headers() -> Result<Vec<String>, String> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let timestamp = now.map_err(|error| error.to_string())?.as_secs().to_string();
    let secret = Secret::new(KEY).map_err(|error| error.to_string())?;
    let signature = Signer::new(&secret).sign(timestamp.as_bytes(), METHOD);
    Ok(vec![
        format!("x-api-key: {KEY}"),
        format!("x-timestamp: {timestamp}"),
        format!("x-signature: {signature}"),
    ])
}

/// Where the calls are recorded.
pub(crate) fn audit_log() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("throughput.jsonl")
}

/// Looks into the audit whether all calls of `rounds` were answered and not
/// refused, which `h2load` does not tell apart.
pub(crate) fn all_were_answered(audit_log: &Path, rounds: usize) -> Result<(), String> {
    let all = rounds * CALLS as usize;
    let start = Instant::now();
    loop {
        let text = fs::read_to_string(audit_log).map_err(|error| error.to_string())?;
        let answered = text.lines().filter(|line| line.contains("\"code\":\"OK\"")).count();
        if answered == all {
            return Ok(());
        }
        if start.elapsed() > PATIENCE {
            return Err(format!("{answered} of {all} calls were answered, by the audit"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
