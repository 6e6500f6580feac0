//! Pictures, as files of PNG and GIF.

mod about;
mod axis;
mod canvas;
mod chart;
mod colours;
mod feature_plot;
mod gif;
mod heat_map;
mod lettering;
mod look;
mod png;
mod ticks;

pub(crate) use about::About;
pub(crate) use canvas::Canvas;
pub(crate) use colours::{Scale, Spread};
pub(crate) use feature_plot::feature_plot;
pub(crate) use gif::{Animation, GIF, GIF_SCALE};
pub(crate) use heat_map::{FIELD_TITLE, HeatMap};
pub(crate) use look::{Look, MAX_SCALE};
pub(crate) use png::{PNG, png};
