//! `mfn simulate`: what `RunSimulation` answers, without a server.

use std::path::PathBuf;

use clap::Args;
use mfn_core::{Simulation, SimulationParams, SimulationSettings, Summary};
use mfn_output::Output;
use serde::Serialize;

use crate::failure::Failure;
use crate::flags::SimulationFlags;
use crate::json::{Answer, SimulationRequest};
use crate::picture::{self, Canvas, PngFile};
use crate::progress::Progress;
use crate::report::{Report, parameters};

/// Run one simulation and print a summary of its final state
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mfn simulate --seed 42 --turing-enabled
  mfn simulate --grid-size 128 --steps 200 --png field.png
  mfn simulate --seed 42 --png - > field.png
  mfn simulate --seed -7 --json --include-field > field.json")]
pub(crate) struct Simulate {
    #[command(flatten)]
    parameters: SimulationFlags,

    /// Add Gaussian noise to every cell at every step
    #[arg(long, help_heading = "Parameters")]
    quantum_jitter: bool,

    /// Print request and result as one JSON object, with the wire's field names
    #[arg(long, help_heading = "Output")]
    json: bool,

    /// Add the final potential of every cell to the JSON object
    #[arg(long, help_heading = "Output", requires = "json")]
    include_field: bool,

    /// Draw the final field as a heat map to this PNG file; if it is '-', to standard output, and
    /// print the summary to standard error
    #[arg(long, help_heading = "Output", value_name = "FILE")]
    png: Option<PathBuf>,
}

impl Simulate {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let settings = SimulationSettings {
            quantum_jitter: self.quantum_jitter,
            ..self.parameters.settings()
        };
        let params = SimulationParams::try_from(settings)?;
        let png =
            self.png.as_deref().map(|path| PngFile::open("--png", path, self.json)).transpose()?;
        let out = Output::beside(png.as_ref().map(PngFile::output));

        let mut simulation = Simulation::new(params);
        Progress::new(params.steps().into(), "simulating").run(&mut simulation);
        if let Some(png) = png {
            png.write(&draw(&simulation))?;
        }
        if self.json {
            let request = SimulationRequest::from(&params);
            let result = Outcome::new(&simulation, self.include_field);
            Answer { request, result }.print()?;
        } else {
            report(&params, &simulation.summary()).print(out)?;
        }
        Ok(())
    }
}

fn draw(simulation: &Simulation) -> Canvas {
    let params = simulation.params();
    let (title, subtitle) = ("MFN potential field", parameters(params));
    picture::heat_map(&simulation.field_mv(), params.grid_size(), title, &subtitle)
}

fn report(params: &SimulationParams, summary: &Summary) -> Report {
    let statistics = summary.statistics;
    Report::new(parameters(params))
        .line("growth events", summary.growth_events, "")
        .line("smallest potential", statistics.min_mv, "mV")
        .line("largest potential", statistics.max_mv, "mV")
        .line("mean potential", statistics.mean_mv, "mV")
        .line("standard deviation", statistics.std_mv, "mV")
        .line("fractal dimension", summary.fractal_dimension, "")
}

/// A `SimulationResult`.
#[derive(Serialize)]
struct Outcome {
    growth_events: u32,
    #[serde(rename = "pot_min_mV")]
    pot_min_mv: f64,
    #[serde(rename = "pot_max_mV")]
    pot_max_mv: f64,
    #[serde(rename = "pot_mean_mV")]
    pot_mean_mv: f64,
    #[serde(rename = "pot_std_mV")]
    pot_std_mv: f64,
    fractal_dimension: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<Field>,
}

/// A `PotentialField`.
#[derive(Serialize)]
struct Field {
    grid_size: usize,
    #[serde(rename = "values_mV")]
    values_mv: Vec<f64>,
}

impl Outcome {
    fn new(simulation: &Simulation, include_field: bool) -> Self {
        let Summary { growth_events, statistics, fractal_dimension, .. } = simulation.summary();
        let grid_size = simulation.params().grid_size();
        Self {
            growth_events,
            pot_min_mv: statistics.min_mv,
            pot_max_mv: statistics.max_mv,
            pot_mean_mv: statistics.mean_mv,
            pot_std_mv: statistics.std_mv,
            fractal_dimension,
            field: include_field.then(|| Field { grid_size, values_mv: simulation.field_mv() }),
        }
    }
}
