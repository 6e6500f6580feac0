//! The program `mfn`, as a library: the MFN server and its computations, from
//! the command line. `main` adds an allocator; the conformance suite starts the
//! reference by it.
#![forbid(unsafe_code)]

mod cli;
mod commands;
mod environment;
mod failure;
mod field_file;
mod flags;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod json;
mod log_format;
mod nearest;
mod picture;
mod progress;
mod report;
mod result_file;
mod service_link;
mod settings;
mod shell;
mod variogram;
mod version;
mod zero_dimension;

use std::io::{self, Write as _};
use std::panic;
use std::process::ExitCode;

use cli::Command;
use failure::Failure;
use log_format::{LogFormat, LogLine};

/// Does what the arguments and variables of this process ask for.
#[must_use]
pub fn main() -> ExitCode {
    let format = LogFormat::of_this_process();
    if format == LogFormat::Json {
        // Until the log has begun, which then tells of panics itself.
        panic::set_hook(Box::new(|panic| {
            io::stderr().write_all(&LogLine::of_error(&panic.to_string())).ok();
        }));
    }
    run().map_or_else(|failure| failure.report(format), |()| ExitCode::SUCCESS)
}

fn run() -> Result<(), Failure> {
    let (command, settings) = cli::parse()?;
    match command {
        Command::Serve(serve) => serve.run(settings),
        Command::Simulate(simulate) => simulate.run(),
        Command::Features(features) => features.run(),
        Command::Validate(validate) => validate.run(),
        Command::Sweep(sweep) => sweep.run(),
        Command::Call(call) => call.run(),
        Command::Sign(sign) => sign.run(),
        Command::Health(health) => health.run(&settings),
        Command::Completions(completions) => completions.run(cli::definition()),
        Command::Man(manual) => manual.run(cli::definition()),
    }
}
