//! Pictures of a simulation on its way: one a file, or an animation.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use mfn_core::{FrameInterval, Simulation, SimulationParams};
use mfn_output::STANDARD_OUTPUT;

use crate::failure::Failure;
use crate::flags::integer;
use crate::picture::{
    About, Animation, FIELD_TITLE, GIF, GIF_SCALE, HeatMap, Look, Scale, Spread, png,
};
use crate::progress::Progress;
use crate::report::parameters;
use crate::result_file::{ResultFile, ResultFiles, cannot_write};

/// Most pictures of one simulation.
const MAX_PICTURES: usize = 1000;

#[derive(Args, Debug)]
#[command(next_help_heading = "Pictures")]
pub(super) struct MovementFlags {
    /// Draw the field on its way as an animated GIF, in which pictures have half their size
    #[arg(long, value_name = "FILE")]
    gif: Option<PathBuf>,

    /// Draw the field on its way as PNG files to this folder, which must be new or empty
    #[arg(long, value_name = "FOLDER")]
    frames: Option<PathBuf>,

    /// Steps between two pictures of --gif and --frames: 1 to 10000; at most 1000 pictures
    #[arg(long, value_name = "STEPS", allow_negative_numbers = true, value_parser = integer)]
    #[arg(default_value_t = 10)]
    stream_interval: i32,
}

/// Where the pictures go, and of which steps they are.
pub(super) struct Movement {
    gif: Option<ResultFile>,
    folder: Option<PathBuf>,
    steps: Vec<u32>,
}

impl Movement {
    /// `None` if no such picture was asked for.
    ///
    /// # Errors
    /// They cannot be written, or are too many.
    pub(super) fn open(
        flags: &MovementFlags,
        params: &SimulationParams,
        files: &mut ResultFiles,
    ) -> Result<Option<Self>, Failure> {
        let interval = FrameInterval::try_from(flags.stream_interval)?;
        if flags.gif.is_none() && flags.frames.is_none() {
            return Ok(None);
        }
        let steps: Vec<u32> = interval.frames(params.steps()).collect();
        if steps.len() > MAX_PICTURES {
            return Err(Failure::Usage(format!(
                "--stream-interval {} makes {} pictures, allowed are {MAX_PICTURES}: let more \
                 steps be between two",
                flags.stream_interval,
                steps.len()
            )));
        }
        let gif = files.open(GIF, flags.gif.as_deref())?;
        if let Some(folder) = &flags.frames {
            make_empty(folder)?;
        }
        Ok(Some(Self { gif, folder: flags.frames.clone(), steps }))
    }

    /// Runs the simulation and draws it on its way. All pictures have one scale; to find it,
    /// the simulation is run once before, which has the same states.
    ///
    /// # Errors
    /// A picture cannot be written.
    pub(super) fn run(self, params: SimulationParams, look: &Look) -> Result<Simulation, Failure> {
        let runs = if look.given_scale().is_some() { 1 } else { 2 };
        let progress = Progress::new(runs * u64::from(params.steps()), "simulating");
        let scale = look.given_scale().unwrap_or_else(|| self.scale(params, &progress));
        let subtitle = parameters(&params);
        let digits = params.steps().to_string().len();
        let mut animation = Animation::new(look.colour_map());
        let mut simulation = Simulation::new(params);
        for &step in &self.steps {
            progress.advance(&mut simulation, step);
            let field_mv = simulation.field_mv();
            let title = format!("{FIELD_TITLE}, step {step} of {}", params.steps());
            let mut map = HeatMap {
                field_mv: &field_mv,
                size: params.grid_size(),
                title: &title,
                subtitle: &subtitle,
                scale,
                colours: look.colour_map(),
                magnification: look.magnification(),
            };
            if let Some(folder) = &self.folder {
                let path = folder.join(format!("step-{step:0digits$}.png"));
                let picture = png(&map.draw(), &About::of(&title, &params));
                let written = mfn_output::write(&path, &picture);
                written.map_err(|error| cannot_write(&path, error))?;
            }
            if self.gif.is_some() {
                map.magnification *= GIF_SCALE;
                animation.add(&map.draw());
            }
        }
        if let Some(file) = self.gif {
            file.write(&animation.finish(&About::of(FIELD_TITLE, &params)))?;
        }
        Ok(simulation)
    }

    fn scale(&self, params: SimulationParams, progress: &Progress) -> Scale {
        let mut simulation = Simulation::new(params);
        let spreads = self.steps.iter().map(|&step| {
            progress.advance(&mut simulation, step);
            Spread::of(&simulation.field_mv())
        });
        // There is a picture of the last step in any case.
        let spread = spreads.reduce(Spread::and);
        Scale::of(spread.unwrap_or_else(|| Spread::of(&[0.0])))
    }
}

/// Makes a folder, unless it is there already and empty: pictures of two simulations would
/// be mixed in it.
fn make_empty(folder: &Path) -> Result<(), Failure> {
    if folder.as_os_str() == STANDARD_OUTPUT {
        return Err(Failure::Usage(
            "--frames writes files, and - is standard output: name a folder".to_owned(),
        ));
    }
    match fs::read_dir(folder).map(|mut files| files.next().is_some()) {
        Ok(true) => Err(Failure::Usage(format!(
            "--frames {} has files in it: name a folder that is new or empty",
            folder.display()
        ))),
        Ok(false) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir(folder).map_err(|error| cannot_write(folder, error))
        }
        Err(error) => Err(cannot_write(folder, error)),
    }
}
