//! `mfn`: the MFN server and its computations, from the command line.
#![forbid(unsafe_code)]

mod cli;
mod commands;
mod failure;
mod flags;
mod json;
mod picture;
mod progress;
mod report;
mod settings;

use std::process::ExitCode;

use mimalloc::MiMalloc;

use cli::Command;
use failure::Failure;

/// A call allocates some forty times, nearly always on a thread that has just
/// freed as much, which this allocator makes use of.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    run().map_or_else(Failure::report, |()| ExitCode::SUCCESS)
}

fn run() -> Result<(), Failure> {
    let (command, settings) = cli::parse()?;
    match command {
        Command::Serve(serve) => serve.run(&settings),
        Command::Simulate(simulate) => simulate.run(),
        Command::Features(features) => features.run(),
        Command::Validate(validate) => validate.run(),
        Command::Sign(sign) => sign.run(),
    }
}
