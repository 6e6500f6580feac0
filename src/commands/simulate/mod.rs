//! `mfn simulate`: what `RunSimulation` answers, without a server.

mod movement;

use std::path::PathBuf;

use clap::Args;
use mfn_core::{Simulation, SimulationParams, SimulationSettings, Summary};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::field_file::{CSV, NPY, csv, npy};
use crate::flags::SimulationFlags;
use crate::json::{Answer, simulation_request, simulation_result};
use crate::picture::{About, FIELD_TITLE, HeatMap, Look, PNG, png};
use crate::progress::Progress;
use crate::report::{Report, parameters};
use crate::result_file::ResultFiles;
use crate::zero_dimension;
use movement::{Movement, MovementFlags};

/// Run one simulation and print a summary of its final state
#[derive(Debug, Args)]
#[command(after_help = "\
A file is written as a whole at the end, and an older one stays until then, whatever stops the
program; '-' is standard output, for one result, and then the summary is on standard error. A
PNG has its parameters in its metadata, and a GIF in a comment.

Examples:
  mfn simulate --seed 42 --turing-enabled
  mfn simulate --grid-size 128 --steps 200 --png field.png --npy field.npy
  mfn simulate --seed 42 --png - > field.png
  mfn simulate --steps 500 --gif growth.gif --colormap magma
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

    /// Write the final field in mV as an array for numpy.load
    #[arg(long, help_heading = "Output", value_name = "FILE")]
    npy: Option<PathBuf>,

    /// Write the final field in mV as comma-separated values, a line a row of the lattice
    #[arg(long, help_heading = "Output", value_name = "FILE")]
    csv: Option<PathBuf>,

    /// Draw the final field as a heat map to this PNG file
    #[arg(long, help_heading = "Pictures", value_name = "FILE")]
    png: Option<PathBuf>,

    #[command(flatten)]
    movement: MovementFlags,

    #[command(flatten)]
    look: Look,
}

impl Simulate {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let settings = SimulationSettings {
            quantum_jitter: self.quantum_jitter,
            ..self.parameters.settings()
        };
        let params = SimulationParams::try_from(settings)?;
        let mut files = ResultFiles::beside(self.json);
        let png_file = files.open(PNG, self.png.as_deref())?;
        let npy_file = files.open(NPY, self.npy.as_deref())?;
        let csv_file = files.open(CSV, self.csv.as_deref())?;
        let movement = Movement::open(&self.movement, &params, &mut files)?;
        let draws = png_file.is_some() || movement.is_some();
        self.look.needs_picture(draws, "--png, --gif or --frames")?;

        let simulation = if let Some(movement) = movement {
            movement.run(params, &self.look)?
        } else {
            let mut simulation = Simulation::new(params);
            Progress::new(params.steps().into(), "simulating").run(&mut simulation);
            simulation
        };
        let (field_mv, size) = (simulation.field_mv(), params.grid_size());
        if let Some(file) = png_file {
            let subtitle = parameters(&params);
            let map = HeatMap {
                field_mv: &field_mv,
                size,
                title: FIELD_TITLE,
                subtitle: &subtitle,
                scale: self.look.scale_for(&field_mv),
                colours: self.look.colour_map(),
                magnification: self.look.magnification(),
            };
            file.write(&png(&map.draw(), &About::of(FIELD_TITLE, &params)))?;
        }
        if let Some(file) = npy_file {
            file.write(&npy(&field_mv, size))?;
        }
        if let Some(file) = csv_file {
            file.write(&csv(&field_mv, size))?;
        }
        if self.json {
            self.print_json(&simulation)?;
        } else {
            let why = zero_dimension::note(simulation.field_v(), size);
            report(&params, &simulation.summary()).note(why).print(files.text())?;
        }
        Ok(())
    }

    fn print_json(&self, simulation: &Simulation) -> Result<(), Failure> {
        let mut result = simulation_result(&simulation.summary());
        if self.include_field {
            result = result.with("field", potential_field(simulation));
        }
        Ok(Answer::new(simulation_request(simulation.params()), result).print()?)
    }
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
