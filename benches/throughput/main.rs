//! Calls a second over loopback, beside a bare tonic server in the same run.
//!
//! `cargo bench --bench throughput` starts `mfn serve` and a bare tonic server
//! on tokio's multi-thread runtime, which computes nothing and answers every
//! call alike, and has `h2load` (Debian: nghttp2-client) call both in turn.
//! With `-- --check` the exit code is 1 if `mfn serve` makes fewer calls, by more
//! than what the noise of a small machine explains.
#![forbid(unsafe_code)]

mod bare_server;
mod load;
mod server;

use std::process::ExitCode;

use load::Load;
use server::Served;

/// Loads of each server, in turn.
const ROUNDS: usize = 7;
/// `mfn serve`'s calls to those of the bare server.
const GOAL: f64 = 1.0;
/// What a check asks for: two runs on two cores differ by some per cent.
const GATE: f64 = 0.9;

fn main() -> ExitCode {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    if has(bare_server::FLAG) {
        bare_server::run();
        return ExitCode::SUCCESS;
    }
    match compare() {
        Ok(ratio) if has("--check") && ratio < GATE => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the comparison, and returns the ratio.
fn compare() -> Result<f64, String> {
    let load = Load::new()?;
    let bare = Served::bare()?;
    let mfn = Served::mfn(&[])?;
    println!(
        "RunSimulation 16 x 16 x 16, {} connections of {} streams, {} calls a round, medians of {ROUNDS}",
        load::CONNECTIONS,
        load::STREAMS,
        load::CALLS
    );
    let (mut of_bare, mut of_mfn) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_bare.push(load.calls_a_second(&bare)?);
        of_mfn.push(load.calls_a_second(&mfn)?);
    }
    let (bare, mfn) = (median(of_bare), median(of_mfn));
    let ratio = mfn / bare;
    let verdict = if ratio >= GOAL { "met" } else { "MISSED" };
    println!("bare tonic, multi-thread runtime, constant answer  {bare:>9.0} calls/s");
    println!("mfn serve                                          {mfn:>9.0} calls/s");
    println!("ratio {ratio:.2}, goal at least {GOAL}: {verdict}");
    Ok(ratio)
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
