//! `conformance`: the MFN conformance suite as a program.
#![forbid(unsafe_code)]

mod commands;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;

use commands::list::List;
use commands::proto::Proto;
use commands::run::RunSuite;
use commands::sign::Sign;
use conformance_load::compare::Compare;
use conformance_load::{Failure, Load};

/// The load tool allocates for every call.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "conformance", version, arg_required_else_help = true, max_term_width = 100)]
#[command(about = "\
The MFN conformance suite: tells an implementation of MFN, in any language, which requirements it \
meets")]
#[command(after_help = "\
Examples:
  conformance list                                  all tests
  conformance run --target http://localhost:50051   test a server that runs
  conformance run --spawn 'mfn serve' --html report.html
                                                    start the servers that the tests need
  conformance load --target http://localhost:50051  measure one
  conformance compare './mfn-before serve' './mfn-after serve'
                                                    compare two")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    Run(Box<RunSuite>),
    List(List),
    Load(Box<Load>),
    Compare(Box<Compare>),
    Proto(Proto),
    Sign(Sign),
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run() -> Result<(), Failure> {
    match Cli::parse().command {
        Command::Run(run) => run.run(),
        Command::List(list) => list.run(),
        Command::Load(load) => load.run(),
        Command::Compare(compare) => compare.run(),
        Command::Proto(proto) => proto.run(),
        Command::Sign(sign) => sign.run(),
    }
}
