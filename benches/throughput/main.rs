//! Calls a second over loopback, of servers that are called in turn.
//!
//! `cargo bench --bench throughput` starts `mfn serve` without access control, a
//! bare tonic server on tokio's multi-thread runtime, which computes nothing and
//! answers every call alike, and `mfn serve` with keys, limits and an audit log.
//! `h2load` (Debian: nghttp2-client) calls each of them. With `-- --check` the
//! exit code is 1 if a ratio is below its goal, by more than what the noise of a
//! small machine explains.
#![forbid(unsafe_code)]

mod bare_server;
mod load;
mod server;

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

use load::Load;
use server::Served;

/// As in the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Loads of each server, in turn.
const ROUNDS: usize = 7;
/// `mfn serve`'s calls to those of the bare server.
const BESIDE_BARE: Goal = Goal { at_least: 1.0, gate: 0.9 };
/// Those with access control to those without.
const WITH_ACCESS: Goal = Goal { at_least: 0.85, gate: 0.8 };

/// What a ratio should be.
struct Goal {
    at_least: f64,
    /// What a check asks for: two runs on two cores differ by some per cent.
    gate: f64,
}

/// Compare the calls a second that servers answer over loopback; needs `h2load`
#[derive(Parser)]
#[command(bin_name = "cargo bench --bench throughput --")]
struct Options {
    /// Exit with the code 1 if a ratio misses its goal by more than what the noise of a small
    /// machine explains
    #[arg(long)]
    check: bool,

    /// Be the bare server
    #[arg(long = bare_server::FLAG, hide = true)]
    bare_server: bool,

    /// What `cargo bench` tells every bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    if std::env::var_os(server::SERVE).is_some() {
        return mfn::main();
    }
    let Options { check, bare_server, .. } = Options::parse();
    if bare_server {
        bare_server::run();
        return ExitCode::SUCCESS;
    }
    match compare() {
        Ok(met) if met || !check => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        // A check whose table nobody reads has come to no verdict.
        Err(error) if is_unread(&*error) && !check => ExitCode::SUCCESS,
        Err(error) => {
            writeln!(io::stderr(), "error: {error}").ok();
            ExitCode::FAILURE
        }
    }
}

fn is_unread(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref().is_some_and(|error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Prints the comparison; whether all ratios pass their gates.
fn compare() -> Result<bool, Box<dyn Error>> {
    let mut out = io::stdout();
    let load = Load::new()?;
    let servers = [Served::bare()?, Served::open()?, Served::guarded(&load::audit_log())?];
    writeln!(
        out,
        "RunSimulation 16 x 16 x 16, {} connections of {} streams, {} calls a round, medians of {ROUNDS}",
        load::CONNECTIONS,
        load::STREAMS,
        load::CALLS
    )?;
    let mut rates = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for (server, rates) in servers.iter().zip(&mut rates) {
            rates.push(load.calls_a_second(server)?);
        }
    }
    load::all_were_answered(&load::audit_log(), ROUNDS)?;
    let [bare, open, guarded] = rates.map(median);
    writeln!(out, "bare tonic, multi-thread runtime, constant answer  {bare:>9.0} calls/s")?;
    writeln!(out, "mfn serve, without access control                  {open:>9.0} calls/s")?;
    writeln!(out, "mfn serve, with keys, limits and audit to a file   {guarded:>9.0} calls/s")?;
    let beside_bare = BESIDE_BARE.verdict("without access control to bare", open / bare)?;
    Ok(WITH_ACCESS.verdict("with access control to without", guarded / open)? && beside_bare)
}

impl Goal {
    /// Prints how `ratio` does; whether it passes the gate.
    fn verdict(&self, what: &str, ratio: f64) -> io::Result<bool> {
        let Self { at_least, gate } = self;
        let verdict = if ratio >= *at_least { "met" } else { "MISSED" };
        writeln!(io::stdout(), "{what}: ratio {ratio:.2}, goal at least {at_least}: {verdict}")?;
        Ok(ratio >= *gate)
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
