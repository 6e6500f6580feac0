//! Flags that several commands share.

use std::fmt;
use std::path::Path;

use clap::Args;
use mfn_core::SimulationSettings;

use crate::failure::Failure;

/// Longest file of certificates, or of a key, in bytes.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// A simulation's parameters, named as on the wire.
#[derive(Debug, Args)]
#[command(next_help_heading = "Parameters")]
pub(crate) struct SimulationFlags {
    /// Seed of all random words: -2147483648 to 2147483647
    #[arg(long, value_name = "INTEGER", allow_negative_numbers = true)]
    #[arg(default_value_t = 0, value_parser = integer)]
    seed: i32,

    /// Cells along one edge of the lattice: 4 to 1024
    #[arg(long, value_name = "CELLS", allow_negative_numbers = true)]
    #[arg(default_value_t = SimulationSettings::default().grid_size, value_parser = integer)]
    grid_size: i32,

    /// Steps to simulate: 1 to 10000
    #[arg(long, value_name = "STEPS", allow_negative_numbers = true)]
    #[arg(default_value_t = SimulationSettings::default().steps, value_parser = integer)]
    steps: i32,

    /// Diffusion coefficient: 0.05 to below 0.25
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    #[arg(default_value_t = SimulationSettings::default().alpha, value_parser = number)]
    alpha: f64,

    /// Probability of a growth event in a step: 0 to 1
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    #[arg(default_value_t = SimulationSettings::default().spike_probability)]
    #[arg(value_parser = number)]
    spike_probability: f64,

    /// Let the activator and inhibitor lattices act on the potential
    #[arg(long)]
    turing_enabled: bool,
}

impl SimulationFlags {
    /// What the flags say, not yet checked.
    pub(crate) fn settings(&self) -> SimulationSettings {
        SimulationSettings {
            seed: self.seed.into(),
            grid_size: self.grid_size,
            steps: self.steps,
            alpha: self.alpha,
            spike_probability: self.spike_probability,
            turing_enabled: self.turing_enabled,
            ..SimulationSettings::default()
        }
    }
}

/// A text that may be a secret, without white space at its ends. It is checked by its command and not by the
/// parser of the command line, which would repeat it.
#[derive(Clone)]
pub(crate) struct Unprinted(pub(crate) String);

impl From<String> for Unprinted {
    fn from(text: String) -> Self {
        Self(text.trim().to_owned())
    }
}

impl fmt::Debug for Unprinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(set)")
    }
}

/// The range of a parameter is checked later, with those of all others.
pub(crate) fn integer(text: &str) -> Result<i32, &'static str> {
    text.parse().map_err(|_| "an integer of at most 32 bits is expected")
}

pub(crate) fn number(text: &str) -> Result<f64, &'static str> {
    text.parse().map_err(|_| "a number is expected")
}

/// What is in the `file` that a `flag` names: certificates, or a key.
pub(crate) fn read_file(flag: &str, file: &Path) -> Result<Vec<u8>, Failure> {
    mfn_server::read_regular_file(file, MAX_FILE_BYTES)
        .map_err(|error| Failure::Usage(format!("{flag} {}: {error}", file.display())))
}
