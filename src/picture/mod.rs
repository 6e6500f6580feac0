//! Pictures, as PNG files.

mod axis;
mod canvas;
mod chart;
mod feature_plot;
mod heat_map;
mod lettering;
mod png_file;
mod ticks;

pub(crate) use canvas::Canvas;
pub(crate) use feature_plot::feature_plot;
pub(crate) use heat_map::heat_map;
pub(crate) use png_file::PngFile;
