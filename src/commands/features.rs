//! `mfn features`: what `ExtractFeatures` answers, without a server.

use std::path::PathBuf;

use clap::Args;
use mfn_core::{Features, Simulation, SimulationParams};

use crate::failure::Failure;
use crate::flags::SimulationFlags;
use crate::json::{Answer, feature_response, simulation_request};
use crate::picture::{About, MAX_SCALE, PNG, feature_plot, png};
use crate::progress::Progress;
use crate::report::{Report, parameters};
use crate::result_file::{Format, ResultFiles};
use crate::variogram::Variogram;
use crate::zero_dimension;

const PLOT: Format = Format { flag: "--plot", ..PNG };

/// Run one simulation and print the features of its final state
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mfn features --seed 42 --turing-enabled
  mfn features --grid-size 256 --steps 200 --plot features.png
  mfn features --seed -7 --json > features.json")]
pub(crate) struct ExtractFeatures {
    #[command(flatten)]
    parameters: SimulationFlags,

    /// Print request and response as one JSON object, with the wire's field names
    #[arg(long, help_heading = "Output")]
    json: bool,

    /// Draw box counts, variogram and power spectrum to this PNG file; if it is '-', to standard
    /// output, and print the summary to standard error
    #[arg(long, help_heading = "Output", value_name = "FILE")]
    plot: Option<PathBuf>,

    /// How many times as large the plot is in each direction, for print: 1 to 4
    #[arg(long, help_heading = "Output", value_name = "FACTOR", requires = "plot")]
    #[arg(default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_SCALE)))]
    scale: u32,
}

impl ExtractFeatures {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let params = SimulationParams::try_from(self.parameters.settings())?;
        let mut files = ResultFiles::beside(self.json);
        let plot = files.open(PLOT, self.plot.as_deref())?;

        let mut simulation = Simulation::new(params);
        Progress::new(params.steps().into(), "simulating").run(&mut simulation);
        let (field_v, size) = (simulation.field_v(), params.grid_size());
        let features = Features::of(field_v, size);
        if let Some(plot) = plot {
            let description = parameters(&params);
            let drawn = feature_plot(field_v, size, &features, &description, self.scale as f32);
            plot.write(&png(&drawn, &About::of("MFN features", &params)))?;
        }
        if self.json {
            Answer::new(simulation_request(&params), feature_response(&features)).print()?;
        } else {
            let variogram = Variogram::of(field_v, size, &features);
            report(&params, &features)
                .note(zero_dimension::note(field_v, size))
                .note(variogram.warning())
                .print(files.text())?;
        }
        Ok(())
    }
}

fn report(params: &SimulationParams, features: &Features) -> Report {
    Report::new(parameters(params))
        .line("fractal dimension", features.fractal_dimension, "")
        .line("lacunarity", features.lacunarity, "")
        .line("Hurst exponent", features.hurst_exponent, "")
        .line("spectral energy, mean", features.spectral_energy_mean, "mV²")
        .line("spectral energy, std. deviation", features.spectral_energy_std, "mV²")
        .line("active nodes", features.active_nodes, "")
        .line("edge density", features.edge_density, "")
        .line("clustering coefficient", features.clustering_coefficient, "")
}
