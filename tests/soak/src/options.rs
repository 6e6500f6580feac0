//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Have two servers called for a while in every way there is, look after them meanwhile, and
/// see whether all that is told of the calls agrees.
#[derive(Clone, Debug, Parser)]
#[command(name = "soak", version)]
pub(crate) struct Options {
    /// Minutes of load
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=10_080))]
    pub(crate) minutes: u64,

    /// Calls a second, of both servers together
    #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) rate: u64,

    /// The program that serves
    #[arg(long, default_value = "target/release/mfn", value_name = "PATH")]
    pub(crate) program: PathBuf,

    /// Seed of what is called when
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}
