//! `mfn validate`: what `ValidatePattern` answers, without a server.

use std::num::NonZeroUsize;
use std::thread;

use clap::Args;
use mfn_core::mask::Mask;
use mfn_core::validation::{PATTERN_THRESHOLD_V, SIMULATIONS, Sample};
use mfn_core::{Simulation, Validation, ValidationParams, ValidationSettings};
use mfn_output::Output;
use serde::Serialize;

use crate::failure::Failure;
use crate::flags::integer;
use crate::json::Answer;
use crate::progress::Progress;
use crate::report::{Report, counted};
use crate::zero_dimension;

/// Train the reference network on simulated samples and print its losses
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mfn validate --seed 42 --turing-enabled
  mfn validate --epochs 20 --batch-size 8 --grid-size 32
  mfn validate --quantum-jitter --json > validation.json")]
pub(crate) struct Validate {
    #[command(flatten)]
    parameters: ValidationFlags,

    /// Print request and result as one JSON object, with the wire's field names
    #[arg(long, help_heading = "Output")]
    json: bool,
}

/// A validation's parameters, named as on the wire.
#[derive(Debug, Args)]
#[command(next_help_heading = "Parameters")]
struct ValidationFlags {
    /// Seed of data set and network: -2147483648 to 2147483647
    #[arg(long, value_name = "INTEGER", allow_negative_numbers = true)]
    #[arg(default_value_t = 0, value_parser = integer)]
    seed: i32,

    /// Passes over the data set: 1 to 100
    #[arg(long, value_name = "EPOCHS", allow_negative_numbers = true)]
    #[arg(default_value_t = ValidationSettings::default().epochs, value_parser = integer)]
    epochs: i32,

    /// Samples in a batch: 1 to 64, where more than 16 means all
    #[arg(long, value_name = "SAMPLES", allow_negative_numbers = true)]
    #[arg(default_value_t = ValidationSettings::default().batch_size, value_parser = integer)]
    batch_size: i32,

    /// Cells along one edge of the lattice: 4 to 1024
    #[arg(long, value_name = "CELLS", allow_negative_numbers = true)]
    #[arg(default_value_t = ValidationSettings::default().grid_size, value_parser = integer)]
    grid_size: i32,

    /// Steps of each simulation: 1 to 10000
    #[arg(long, value_name = "STEPS", allow_negative_numbers = true)]
    #[arg(default_value_t = ValidationSettings::default().steps, value_parser = integer)]
    steps: i32,

    /// Let the activator and inhibitor lattices act on the potential
    #[arg(long)]
    turing_enabled: bool,

    /// Add Gaussian noise to every cell at every step
    #[arg(long)]
    quantum_jitter: bool,
}

impl Validate {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let params = ValidationParams::try_from(self.parameters.settings())?;
        let samples = samples(&params);
        let validation = Validation::conclude(&params, &samples);
        if self.json {
            let (request, result) = (Request::from(&params), Outcome::from(validation));
            Answer::new(request, result).print()?;
        } else {
            let why = (validation.example_fractal_dim == 0.0).then(|| why_zero(&params));
            report(&params, &validation).note(why).print(Output::standard())?;
        }
        Ok(())
    }
}

impl ValidationFlags {
    /// What the flags say, not yet checked.
    fn settings(&self) -> ValidationSettings {
        ValidationSettings {
            seed: self.seed,
            epochs: self.epochs,
            batch_size: self.batch_size,
            grid_size: self.grid_size,
            steps: self.steps,
            turing_enabled: self.turing_enabled,
            quantum_jitter: self.quantum_jitter,
        }
    }
}

/// Runs the simulations side by side, on as many threads as there are cores.
fn samples(params: &ValidationParams) -> [Sample; SIMULATIONS] {
    let simulations = params.simulations();
    let mut samples = [Sample::default(); SIMULATIONS];
    let steps = SIMULATIONS as u64 * u64::from(params.steps());
    let progress = &Progress::new(steps, "simulating");
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = SIMULATIONS.div_ceil(cores);
    thread::scope(|scope| {
        for (samples, simulations) in samples.chunks_mut(share).zip(simulations.chunks(share)) {
            scope.spawn(move || {
                for (sample, params) in samples.iter_mut().zip(simulations) {
                    let mut simulation = Simulation::new(*params);
                    progress.run(&mut simulation);
                    *sample = Sample::of(&simulation);
                }
            });
        }
    });
    samples
}

/// Why the dimension of the example is 0. Its simulation is run once more, since a validation
/// keeps no field.
fn why_zero(params: &ValidationParams) -> String {
    let [.., example] = params.simulations();
    let simulation = Simulation::run(example);
    let pattern = Mask::above(simulation.field_v(), example.grid_size(), PATTERN_THRESHOLD_V);
    let why = zero_dimension::why(&pattern, "above \u{2212}60 mV");
    format!("The dimension of the example is 0: {why}.")
}

fn report(params: &ValidationParams, validation: &Validation) -> Report {
    Report::new(parameters(params))
        .line("loss of the first batch", validation.loss_start, "")
        .line("loss of the last batch", validation.loss_final, "")
        .line("drop of the loss", validation.loss_drop, "")
        .line("smallest potential", validation.pot_min_mv, "mV")
        .line("largest potential", validation.pot_max_mv, "mV")
        .line("example: fractal dimension", validation.example_fractal_dim, "")
        .line("example: growth events", validation.growth_events, "")
        .line("Lyapunov exponent", validation.lyapunov_exponent, "")
        .line("Nernst potential, symbolic", validation.nernst_symbolic_mv, "mV")
        .line("Nernst potential, numeric", validation.nernst_numeric_mv, "mV")
}

fn parameters(params: &ValidationParams) -> String {
    let (n, seed) = (params.grid_size(), params.seed());
    let turing = if params.turing_enabled() { ", Turing on" } else { "" };
    let jitter = if params.quantum_jitter() { ", jitter on" } else { "" };
    format!(
        "{n} × {n} cells, {}, seed {seed}, {} in batches of {}{turing}{jitter}",
        counted(params.steps(), "step"),
        counted(params.epochs(), "epoch"),
        params.batch_size(),
    )
}

/// A `ValidationRequest`.
#[derive(Serialize)]
struct Request {
    seed: i64,
    epochs: u32,
    batch_size: usize,
    grid_size: usize,
    steps: u32,
    turing_enabled: bool,
    quantum_jitter: bool,
}

impl From<&ValidationParams> for Request {
    fn from(params: &ValidationParams) -> Self {
        Self {
            seed: params.seed(),
            epochs: params.epochs(),
            batch_size: params.batch_size(),
            grid_size: params.grid_size(),
            steps: params.steps(),
            turing_enabled: params.turing_enabled(),
            quantum_jitter: params.quantum_jitter(),
        }
    }
}

/// A `ValidationResult`, whose growth events are a double.
#[derive(Serialize)]
struct Outcome {
    loss_start: f64,
    loss_final: f64,
    loss_drop: f64,
    #[serde(rename = "pot_min_mV")]
    pot_min_mv: f64,
    #[serde(rename = "pot_max_mV")]
    pot_max_mv: f64,
    example_fractal_dim: f64,
    lyapunov_exponent: f64,
    growth_events: f64,
    #[serde(rename = "nernst_symbolic_mV")]
    nernst_symbolic_mv: f64,
    #[serde(rename = "nernst_numeric_mV")]
    nernst_numeric_mv: f64,
}

impl From<Validation> for Outcome {
    fn from(validation: Validation) -> Self {
        Self {
            loss_start: validation.loss_start,
            loss_final: validation.loss_final,
            loss_drop: validation.loss_drop,
            pot_min_mv: validation.pot_min_mv,
            pot_max_mv: validation.pot_max_mv,
            example_fractal_dim: validation.example_fractal_dim,
            lyapunov_exponent: validation.lyapunov_exponent,
            growth_events: validation.growth_events.into(),
            nernst_symbolic_mv: validation.nernst_symbolic_mv,
            nernst_numeric_mv: validation.nernst_numeric_mv,
        }
    }
}
