//! `mfn simulate`: what `RunSimulation` answers, without a server.

use std::path::PathBuf;

use clap::Args;
use mfn_core::{Simulation, SimulationParams, SimulationSettings, Summary};
use mfn_output::Output;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::flags::SimulationFlags;
use crate::json::{Answer, simulation_request, simulation_result};
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
            let result = simulation_result(&simulation.summary());
            let result = if self.include_field {
                result.with("field", potential_field(&simulation))
            } else {
                result
            };
            Answer::new(simulation_request(&params), result).print()?;
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

/// A `PotentialField`.
fn potential_field(simulation: &Simulation) -> Value {
    json!({ "grid_size": simulation.params().grid_size(), "values_mV": simulation.field_mv() })
}
