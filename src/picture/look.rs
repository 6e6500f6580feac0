//! How a heat map is to look, as flags say it.

use clap::Args;

use super::colours::{ColourMap, Scale, Spread};
use crate::failure::Failure;

/// Most times that a picture is magnified.
pub(crate) const MAX_SCALE: u32 = 4;

/// Flags of all commands that draw a field.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Pictures")]
pub(crate) struct Look {
    /// Potentials at the ends of the colours, in mV [default: the lowest and the highest, or the
    /// 0.5th and 99.5th percentile where few cells would take most of the colours]
    #[arg(long, value_name = "LOW,HIGH", allow_hyphen_values = true, value_parser = range)]
    range: Option<Range>,

    /// Colours, in which equal steps look equal [default: viridis]
    #[arg(long, value_name = "NAME", value_enum)]
    colormap: Option<ColourMap>,

    /// How many times as large pictures are in each direction, for print: 1 to 4 [default: 1]
    #[arg(long, value_name = "FACTOR")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_SCALE)))]
    scale: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Range {
    low_mv: f64,
    high_mv: f64,
}

impl Look {
    /// # Errors
    /// Something was given, and there is no picture to look like that; `flags` are those that
    /// draw one.
    pub(crate) fn needs_picture(&self, is_drawn: bool, flags: &str) -> Result<(), Failure> {
        let given = [
            ("--range", self.range.is_some()),
            ("--colormap", self.colormap.is_some()),
            ("--scale", self.scale.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((flag, _)) if !is_drawn => Err(Failure::Usage(format!(
                "{flag} is about a picture, and none is drawn: ask for one by {flags}"
            ))),
            _ => Ok(()),
        }
    }

    /// The scale that was asked for, if one was.
    pub(crate) fn given_scale(&self) -> Option<Scale> {
        self.range.map(|Range { low_mv, high_mv }| Scale::given(low_mv, high_mv))
    }

    /// The scale for a field that is drawn alone.
    pub(crate) fn scale_for(&self, field_mv: &[f64]) -> Scale {
        self.given_scale().unwrap_or_else(|| Scale::of(Spread::of(field_mv)))
    }

    pub(crate) fn colour_map(&self) -> ColourMap {
        self.colormap.unwrap_or_default()
    }

    /// How many times as large a picture is.
    pub(crate) fn magnification(&self) -> f32 {
        self.scale.unwrap_or(1) as f32
    }
}

/// Far beyond what a field can be, and so that ticks can be told apart and written.
const FARTHEST_MV: f64 = 10_000.0;
const NARROWEST_MV: f64 = 1e-9;

fn range(text: &str) -> Result<Range, &'static str> {
    let numbers = text
        .split_once(',')
        .and_then(|(low, high)| Some((low.trim().parse().ok()?, high.trim().parse().ok()?)));
    let is_near = |mv: f64| (-FARTHEST_MV..=FARTHEST_MV).contains(&mv);
    match numbers {
        Some((low_mv, high_mv)) if !is_near(low_mv) || !is_near(high_mv) => {
            Err("two numbers from -10000 to 10000 are expected, the lower one first, as in -80,-60")
        }
        Some((low_mv, high_mv)) if high_mv - low_mv >= NARROWEST_MV => {
            Ok(Range { low_mv, high_mv })
        }
        Some((low_mv, high_mv)) if low_mv < high_mv => {
            Err("two numbers at least 1e-9 apart are expected, as in -80,-60")
        }
        _ => Err("two numbers are expected, the lower one first, as in -80,-60"),
    }
}
