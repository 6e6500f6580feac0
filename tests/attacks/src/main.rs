//! Attacks on a server that this program starts on the loopback address, each on a new one. An
//! honest client calls beside them, and all of its calls must be answered; the server's memory
//! must stay within the bound of `spec/memory.md`; and when the attackers have gone nothing of
//! theirs may be left.
//!
//! How long the honest client's calls take is told, and nothing is asked of it: it is the
//! machine's doing too.
//!
//! - [`options`]: the command line;
//! - [`attacks`]: what there is, from single bytes to whole calls;
//! - [`attacker`]: a connection that sends what an attack says, and what becomes of it;
//! - [`attackers`]: all of an attack, beside the honest client;
//! - [`honest`]: the client beside it, and [`answers`], which must always be the same;
//! - [`run`]: one attack;
//! - [`descriptors`]: as many open files as attacks have connections;
//! - [`report`]: a line of figures for each, and what is at fault;
//! - [`list`]: the table of what there is.
#![forbid(unsafe_code)]

mod answers;
mod attacker;
mod attackers;
mod attacks;
mod descriptors;
mod honest;
mod list;
mod options;
mod report;
mod run;

use std::process::ExitCode;

use clap::Parser as _;
use soak::{Failure, stop};

/// What a run ends with in which an attack has succeeded.
const SUCCEEDED: u8 = 1;
/// What a run ends with that could not be made.
const COULD_NOT_RUN: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let options = options::Options::parse();
    if options.list {
        println!("{}", list::table());
        return ExitCode::SUCCESS;
    }
    if let Some(name) = options.unknown() {
        eprintln!("error: no attack has {name:?} in its name; --list has all names");
        return ExitCode::from(COULD_NOT_RUN);
    }
    // The server that is attacked ends with this program, however that ends.
    let ended = tokio::select! {
        ended = run::all(&options) => ended,
        () = stop::is_asked_for() => Err(Failure::Stopped),
    };
    match ended {
        Ok(faults) if faults.is_empty() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(SUCCEEDED),
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}
