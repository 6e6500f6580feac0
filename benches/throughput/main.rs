//! What a call costs servers over loopback, in CPU time.
//!
//! `cargo bench --bench throughput` starts two bare tonic servers, one on tokio's
//! multi-thread runtime and one on a runtime a core, which compute nothing and answer
//! every call alike; `mfn serve` without access control, and `mfn serve` with keys, limits
//! and an audit log, both of which compute every answer; and the latter with its cache,
//! which has every answer but the first. They are called in turn, in short rounds, as
//! `conformance compare` does. With `-- --check` the exit code is 1 if a call costs more
//! than it should in proportion, beyond doubt.
//!
//! Calls a second are printed too. They depend on which cores the caller leaves to a
//! server, so nothing is expected of them.
#![forbid(unsafe_code)]

mod bare_server;
mod server;

use std::error::Error;
use std::fmt;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use conformance_load::compare::{Calls, Figure, Measured, Ratio, Turns};
use mfn_benches::report::{ReportOptions, exit_code};
use mimalloc::MiMalloc;
use serde::Serialize;

use bare_server::Runtimes;
use server::{Cache, Served};

/// As in the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The servers, in the order in which they are started.
const SERVERS: [&str; 5] = [
    "bare tonic, multi-thread runtime, constant answer",
    "bare tonic, a runtime a core, constant answer",
    "mfn serve, computes, without access control",
    "mfn serve, computes, with keys, limits and audit",
    "mfn serve, from its cache, with all of these",
];
const TURNS: Turns = Turns {
    rounds: 60,
    length: Duration::from_millis(50),
    warm_up: Duration::from_secs(1),
    seed: 42,
};
/// What the CPU time of a call may be in proportion.
const GOALS: [Goal; 3] = [
    Goal { name: "without access control, to bare", of: 2, to: 0, at_most: 1.5 },
    Goal { name: "with access control, to without", of: 3, to: 2, at_most: 1.35 },
    Goal { name: "from the cache, to bare with a runtime a core", of: 4, to: 1, at_most: 2.0 },
];

/// What the CPU time of a server's call may be to that of another's.
struct Goal {
    name: &'static str,
    of: usize,
    to: usize,
    at_most: f64,
}

/// Compare the CPU time that a call costs servers over loopback
#[derive(Parser)]
#[command(bin_name = "cargo bench --bench throughput --")]
struct Options {
    /// Exit with the code 1 if a ratio is above its goal with its whole interval of 99.9 %
    #[arg(long)]
    check: bool,

    /// Be a bare server on these runtimes
    #[arg(long = bare_server::FLAG, hide = true)]
    bare_server: Option<Runtimes>,

    #[command(flatten)]
    report: ReportOptions,
}

/// The figures, as programs read them.
#[derive(Serialize)]
struct Figures {
    servers: Vec<ServerFigures>,
    cpu_ratios: Vec<CpuRatio>,
}

#[derive(Serialize)]
struct ServerFigures {
    name: &'static str,
    cpu_us_per_call: f64,
    calls_per_second: f64,
}

#[derive(Serialize)]
struct CpuRatio {
    name: &'static str,
    #[serde(flatten)]
    ratio: Ratio,
    at_most: f64,
    met: bool,
}

fn main() -> ExitCode {
    if std::env::var_os(server::SERVE).is_some() {
        return mfn::main();
    }
    let Options { check, bare_server, report } = Options::parse();
    if let Some(runtimes) = bare_server {
        bare_server::run(runtimes);
        return ExitCode::SUCCESS;
    }
    exit_code(compare(report), check)
}

/// Prints the comparison; whether all goals are met.
fn compare(options: ReportOptions) -> Result<bool, Box<dyn Error>> {
    let report = options.open()?;
    report.line(format_args!(
        "RunSimulation 16 x 16 x 16, 10 connections of 10 streams, {} rounds of 2 turns of {:?}",
        TURNS.rounds, TURNS.length
    ))?;
    let audit_log = |name| Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let servers = [
        Served::bare(Runtimes::Shared)?,
        Served::bare(Runtimes::PerCore)?,
        Served::open()?,
        Served::guarded(&audit_log("computed.jsonl"), Cache::Off)?,
        Served::guarded(&audit_log("cached.jsonl"), Cache::Default)?,
    ];
    let measured = TURNS.measure(&servers.each_ref().map(Served::callee), &Calls::default())?;
    let figures = Figures::of(&measured).ok_or("the CPU time of a server is not known")?;
    for server in &figures.servers {
        report.line(server)?;
    }
    for ratio in &figures.cpu_ratios {
        report.line(ratio)?;
    }
    let all_met = figures.cpu_ratios.iter().all(|ratio| ratio.met);
    report.finish(&figures)?;
    Ok(all_met)
}

impl Figures {
    /// `None` if something is not known.
    fn of(measured: &Measured) -> Option<Self> {
        let servers = SERVERS.iter().enumerate().map(|(server, name)| {
            Some(ServerFigures {
                name,
                cpu_us_per_call: measured.median(server, Figure::CpuPerCall)?,
                calls_per_second: measured.median(server, Figure::OkPerSecond)?,
            })
        });
        let cpu_ratios = GOALS.iter().map(|Goal { name, of, to, at_most }| {
            let ratio = measured.ratio(*of, *to, Figure::CpuPerCall)?;
            let met = ratio.interval_99_9[0] <= *at_most;
            Some(CpuRatio { name, ratio, at_most: *at_most, met })
        });
        Some(Self {
            servers: servers.collect::<Option<_>>()?,
            cpu_ratios: cpu_ratios.collect::<Option<_>>()?,
        })
    }
}

impl fmt::Display for ServerFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, cpu_us_per_call, calls_per_second } = self;
        write!(
            f,
            "{name:<50} {cpu_us_per_call:>6.2} us of CPU a call, {calls_per_second:>7.0} calls/s"
        )
    }
}

impl fmt::Display for CpuRatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, ratio: Ratio { ratio, interval_99_9: [low, high], .. }, at_most, met } =
            self;
        let verdict = if *met { "met" } else { "MISSED" };
        write!(f, "CPU time a call, {name}: {ratio:.3}, 99.9 %: {low:.3} to {high:.3}, ")?;
        write!(f, "goal at most {at_most}: {verdict}")
    }
}
