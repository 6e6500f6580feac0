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

use std::process::ExitCode;

use cli::Command;
use failure::Failure;

fn main() -> ExitCode {
    run().map_or_else(Failure::report, |()| ExitCode::SUCCESS)
}

fn run() -> Result<(), Failure> {
    match cli::parse()? {
        Command::Serve(serve) => serve.run(),
        Command::Simulate(simulate) => simulate.run(),
        Command::Features(features) => features.run(),
        Command::Validate(validate) => validate.run(),
    }
}
