//! What a sweep computes: every combination of its parameters' values, in one order.

use std::fmt;

use clap::{Args, Parser};
use mfn_core::{SimulationParams, SimulationSettings, Violations};

use super::axis::{Axis, integers, numbers, switches};
use crate::failure::Failure;

/// Most rows of a sweep.
const MAX_ROWS: u64 = 100_000_000;
/// What the command line of a sweep begins with, where a file says what made it.
const COMMAND: &str = "mfn sweep";

/// Each parameter is a list of values and ranges.
#[derive(Args, Clone, Debug, PartialEq)]
#[command(next_help_heading = "Parameters")]
pub(super) struct Plan {
    /// Seeds of all random words: -2147483648 to 2147483647
    #[arg(long, alias = "seed", value_name = "LIST", allow_hyphen_values = true)]
    #[arg(default_value_t = Axis::one(0), value_parser = integers)]
    seeds: Axis<i32>,

    /// Cells along one edge of the lattice: 4 to 1024
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    #[arg(default_value_t = Axis::one(SimulationSettings::default().grid_size))]
    #[arg(value_parser = integers)]
    grid_size: Axis<i32>,

    /// Steps to simulate: 1 to 10000
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    #[arg(default_value_t = Axis::one(SimulationSettings::default().steps))]
    #[arg(value_parser = integers)]
    steps: Axis<i32>,

    /// Diffusion coefficient: 0.05 to below 0.25
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    #[arg(default_value_t = Axis::one(SimulationSettings::default().alpha))]
    #[arg(value_parser = numbers)]
    alpha: Axis<f64>,

    /// Probability of a growth event in a step: 0 to 1
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    #[arg(default_value_t = Axis::one(SimulationSettings::default().spike_probability))]
    #[arg(value_parser = numbers)]
    spike_probability: Axis<f64>,

    /// Whether the activator and inhibitor lattices act on the potential: true, false, or
    /// true,false for both
    #[arg(long, value_name = "LIST", num_args = 0..=1, default_missing_value = "true")]
    #[arg(default_value_t = Axis::one(false), value_parser = switches)]
    turing_enabled: Axis<bool>,

    /// Whether every cell gets Gaussian noise at every step; a server has no such parameter
    #[arg(long, value_name = "LIST", num_args = 0..=1, default_missing_value = "true")]
    #[arg(default_value_t = Axis::one(false), value_parser = switches)]
    quantum_jitter: Axis<bool>,

    /// Have the features of the final field in each row, beside its statistics
    #[arg(long, help_heading = "Output")]
    pub(super) features: bool,
}

/// A plan as the command line of a file's first line.
#[derive(Parser)]
#[command(disable_help_flag = true)]
struct Recorded {
    #[command(flatten)]
    plan: Plan,
}

impl Plan {
    /// How many rows it has.
    ///
    /// # Errors
    /// A value is out of its range, or there are too many rows.
    pub(super) fn rows(&self) -> Result<u64, Failure> {
        self.check()?;
        let lengths = [
            self.seeds.len(),
            self.grid_size.len(),
            self.steps.len(),
            self.alpha.len(),
            self.spike_probability.len(),
            self.turing_enabled.len(),
            self.quantum_jitter.len(),
        ];
        let rows = lengths.iter().try_fold(1_u64, |rows, &length| rows.checked_mul(length));
        rows.filter(|&rows| rows <= MAX_ROWS).ok_or_else(|| {
            let times = lengths.map(|length| length.to_string()).join(" x ");
            Failure::Usage(format!("a sweep has at most {MAX_ROWS} rows, and this one {times}"))
        })
    }

    /// The parameters of a row. The seed changes from row to row, and what stands further up
    /// on the command line's help changes the less often.
    ///
    /// # Errors
    /// They are not allowed.
    pub(super) fn params(&self, row: u64) -> Result<SimulationParams, Violations> {
        let mut rest = row;
        let settings = SimulationSettings {
            seed: self.seeds.digit(&mut rest).into(),
            quantum_jitter: self.quantum_jitter.digit(&mut rest),
            turing_enabled: self.turing_enabled.digit(&mut rest),
            spike_probability: self.spike_probability.digit(&mut rest),
            alpha: self.alpha.digit(&mut rest),
            steps: self.steps.digit(&mut rest),
            grid_size: self.grid_size.digit(&mut rest),
        };
        settings.try_into()
    }

    /// Whether rows differ in what no request of the wire can ask for.
    pub(super) fn has_jitter(&self) -> bool {
        self.quantum_jitter.values().contains(&true)
    }

    /// Reads what [`Display`](fmt::Display) writes.
    pub(super) fn read(written: &str) -> Option<Self> {
        let words = written.strip_prefix(COMMAND)?.split_whitespace();
        let words = ["mfn-sweep"].into_iter().chain(words);
        Recorded::try_parse_from(words).ok().map(|recorded| recorded.plan)
    }

    /// Every value by itself, as the ranges of parameters do not depend on each other.
    fn check(&self) -> Result<(), Failure> {
        let usual = SimulationSettings::default();
        let grid_sizes = self
            .grid_size
            .values()
            .iter()
            .map(|&grid_size| SimulationSettings { grid_size, ..usual });
        let steps = self.steps.values().iter().map(|&steps| SimulationSettings { steps, ..usual });
        let alphas = self.alpha.values().iter().map(|&alpha| SimulationSettings { alpha, ..usual });
        let probabilities = self
            .spike_probability
            .values()
            .iter()
            .map(|&spike_probability| SimulationSettings { spike_probability, ..usual });
        let all = grid_sizes.chain(steps).chain(alphas).chain(probabilities);
        for settings in all {
            SimulationParams::try_from(settings)?;
        }
        Ok(())
    }
}

/// The command line that makes the same rows.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seeds, grid_size, steps, alpha, spike_probability, turing_enabled, .. } = self;
        write!(
            f,
            "{COMMAND} --seeds {seeds} --grid-size {grid_size} --steps {steps} --alpha {alpha} \
             --spike-probability {spike_probability} --turing-enabled {turing_enabled}"
        )?;
        if self.has_jitter() {
            write!(f, " --quantum-jitter {}", self.quantum_jitter)?;
        }
        f.write_str(if self.features { " --features" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(flags: &str) -> Plan {
        Plan::read(&format!("{COMMAND} {flags}")).expect("a plan")
    }

    #[test]
    fn the_seed_changes_first_and_the_grid_size_last() {
        let plan = plan("--seeds 3,1 --grid-size 4,8 --turing-enabled false,true");
        assert_eq!(plan.rows().ok(), Some(8));
        let rows = (0..8).map(|row| {
            let params = plan.params(row).expect("allowed");
            (params.grid_size(), params.turing_enabled(), params.seed())
        });
        let expected = [
            (4, false, 3),
            (4, false, 1),
            (4, true, 3),
            (4, true, 1),
            (8, false, 3),
            (8, false, 1),
            (8, true, 3),
            (8, true, 1),
        ];
        assert_eq!(rows.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_written_is_read_again() {
        for flags in [
            "",
            "--seeds -3..=5:2,9 --grid-size 16 --steps 1..4 --alpha 0.1..=0.2:0.05",
            "--spike-probability 0,1 --turing-enabled --quantum-jitter true,false --features",
        ] {
            let plan = plan(flags);
            assert_eq!(Plan::read(&plan.to_string()).as_ref(), Some(&plan), "{plan}");
        }
        assert_ne!(plan("--features"), plan(""));
        assert_ne!(plan("--seeds 1"), plan(""));
        assert_eq!(Plan::read("mfn sweep --unknown 1"), None);
        assert_eq!(Plan::read("seed,grid_size"), None);
    }

    #[test]
    fn every_value_is_in_its_range_before_anything_is_computed() {
        let refused = |flags| plan(flags).rows().expect_err("refused").to_string();
        insta::assert_snapshot!(refused("--alpha 0.1,0.3"), @"--alpha is 0.3, allowed is [0.05, 0.25)");
        insta::assert_snapshot!(refused("--grid-size 3..9"), @"--grid-size is 3, allowed is 4..=1024");
        insta::assert_snapshot!(refused("--spike-probability nan"), @"--spike-probability is NaN, allowed is [0, 1]");
        insta::assert_snapshot!(refused("--seeds 0..1000000 --steps 1..=101"), @"a sweep has at most 100000000 rows, and this one 1000000 x 1 x 101 x 1 x 1 x 1 x 1");
    }
}
