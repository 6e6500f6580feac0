//! Calls a second that `conformance load` manages, against a server that costs
//! next to nothing, and beside `h2load`.
//!
//! `cargo bench -p conformance-load --bench load_capacity` has both call the server in
//! turn, 10 connections of 10 streams, all on this machine. `h2load` (Debian:
//! nghttp2-client) is left out if it is not installed. With `-- --check` the exit
//! code is 1 if the best round is below the goal.
#![forbid(unsafe_code)]

mod constant_server;

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::Parser;
use conformance_load::Load;
use mfn_benches::report::{ReportOptions, exit_code};
use mimalloc::MiMalloc;
use serde::Serialize;

use constant_server::Answer;

/// As in the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Loads by each caller, in turn.
const ROUNDS: usize = 5;
/// Calls of one round.
const CALLS: u32 = 300_000;
/// Calls a second, on two cores that the server shares.
const GOAL: f64 = 100_000.0;
/// Bytes of an answer's message: about those of a `SimulationResult`.
const ANSWER_BYTES: usize = 64;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    load: Load,
}

/// Compare the calls a second that `conformance load` manages with those of `h2load`
#[derive(Parser)]
#[command(bin_name = "cargo bench -p conformance-load --bench load_capacity --")]
struct Options {
    /// Exit with the code 1 if the best round is below the goal
    #[arg(long)]
    check: bool,

    #[command(flatten)]
    report: ReportOptions,
}

/// The figures, as programs read them.
#[derive(Serialize)]
struct Figures {
    calls_per_round: u32,
    conformance_load_per_second: Vec<f64>,
    h2load_per_second: Vec<f64>,
    goal_per_second: f64,
    met: bool,
}

fn main() -> ExitCode {
    let Options { check, report } = Options::parse();
    exit_code(measure(report), check)
}

/// Prints the comparison; whether the best round of `conformance load` meets the goal.
fn measure(options: ReportOptions) -> Result<bool, Box<dyn Error>> {
    let report = options.open()?;
    report.line(format_args!(
        "constant answer, 10 connections of 10 streams, {CALLS} calls, {ROUNDS} rounds"
    ))?;
    let server = constant_server::start(Answer::Messages(1, ANSWER_BYTES), None);
    let with_h2load = Command::new("h2load").arg("--version").output().is_ok();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(conformance_load(server)?);
        if with_h2load {
            theirs.push(h2load(server)?);
        }
    }
    let best = ours.iter().copied().fold(0.0, f64::max);
    let median_of_ours = median(&ours);
    report.line(format_args!(
        "conformance load  {median_of_ours:>9.0} calls/s, best {best:.0}, goal {GOAL:.0}"
    ))?;
    if with_h2load {
        let median_of_theirs = median(&theirs);
        report.line(format_args!("h2load            {median_of_theirs:>9.0} calls/s"))?;
        let ratio = median_of_ours / median_of_theirs;
        report.line(format_args!("conformance load to h2load: ratio {ratio:.2}"))?;
    }
    let met = best >= GOAL;
    report.finish(&Figures {
        calls_per_round: CALLS,
        conformance_load_per_second: ours,
        h2load_per_second: theirs,
        goal_per_second: GOAL,
        met,
    })?;
    Ok(met)
}

fn conformance_load(server: SocketAddr) -> Result<f64, String> {
    let calls = CALLS.to_string();
    let target = format!("http://{server}");
    let arguments = ["load", "--target", &target, "--calls", &calls, "-c", "10", "-m", "10"];
    let cli = Cli::try_parse_from(arguments).map_err(|error| error.to_string())?;
    let report = cli.load.measure().map_err(|failure| failure.to_string())?;
    if report.ok != u64::from(CALLS) {
        return Err(format!("not all calls succeeded: {report}"));
    }
    Ok(report.calls_per_second)
}

fn h2load(server: SocketAddr) -> Result<f64, String> {
    let request = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("load_capacity.bin");
    // grid_size 16, steps 16: the default request of the other caller.
    fs::write(&request, [0, 0, 0, 0, 4, 0x18, 16, 0x20, 16]).map_err(|error| error.to_string())?;
    let calls = CALLS.to_string();
    let output = Command::new("h2load")
        .args(["-c", "10", "-m", "10", "-t", "2", "-n", &calls, "-d"])
        .arg(&request)
        .args(["-H", "content-type: application/grpc", "-H", "te: trailers"])
        .arg(format!("http://{server}/mfn.MFNSimulationService/RunSimulation"))
        .output()
        .map_err(|error| format!("h2load: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !text.contains(&format!("{CALLS} succeeded, 0 failed")) {
        return Err(format!("h2load did not succeed: {text}"));
    }
    let words = || text.split_whitespace();
    let rate = words().zip(words().skip(1)).find(|(_, unit)| *unit == "req/s,");
    let rate = rate.and_then(|(rate, _)| rate.parse().ok());
    rate.ok_or_else(|| format!("h2load did not say its rate: {text}"))
}

fn median(rates: &[f64]) -> f64 {
    let mut rates = rates.to_vec();
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
