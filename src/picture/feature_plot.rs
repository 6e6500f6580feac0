//! What the features of a field are read off: its box counts, its variogram
//! and its power spectrum, side by side.

use mfn_core::Features;
use mfn_core::features::{PowerSpectrum, box_counts};
use mfn_core::mask::Mask;

use super::canvas::{Anchor, Area, Canvas};
use super::chart::{Chart, Corner, Line};
use crate::variogram::Variogram;

/// Edge of a chart, and what is left free around it.
const EDGE: u32 = 520;
const LEFT: u32 = 180;
const RIGHT: u32 = 36;
const TOP: u32 = 210;
const BOTTOM: u32 = 150;
/// Sizes of text, in pixels an em.
const TITLE: f32 = 40.0;
const SUBTITLE: f32 = 27.0;

/// Three charts for a field of `size` x `size` cells in volts and its features;
/// `subtitle` above them.
pub(crate) fn feature_plot(
    field_v: &[f64],
    size: usize,
    features: &Features,
    subtitle: &str,
    magnification: f32,
) -> Canvas {
    let charts = [
        box_counting(field_v, size, features.fractal_dimension),
        structure(&Variogram::of(field_v, size, features), features.hurst_exponent),
        spectrum(field_v, size, features),
    ];
    let cell = LEFT + EDGE + RIGHT;
    let mut canvas = Canvas::new(cell * charts.len() as u32, TOP + EDGE + BOTTOM, magnification);
    canvas.text("MFN features", TITLE, (LEFT as f32, 68.0), Anchor::Start);
    canvas.text(subtitle, SUBTITLE, (LEFT as f32, 114.0), Anchor::Start);
    for (k, chart) in (0..).zip(&charts) {
        let area = Area { x: k * cell + LEFT, y: TOP, width: EDGE, height: EDGE };
        chart.draw(&mut canvas, area);
    }
    canvas
}

fn box_counting(field_v: &[f64], size: usize, dimension: f64) -> Chart {
    let counts = box_counts(&Mask::active(field_v, size));
    let points = counts.iter().map(|boxes| (boxes.box_size as f64, boxes.count as f64));
    Chart {
        title: format!("Box counting: fractal dimension {dimension:.3}"),
        x_label: "edge of a box (cells)",
        y_label: "boxes with an active cell",
        points: points.collect(),
        line: Line::Fit,
        without_line: "too few box sizes for a line",
        legend: Corner::LowerLeft,
        points_are: "counted",
        remarks: Vec::new(),
    }
}

fn structure(variogram: &Variogram, hurst_exponent: f64) -> Chart {
    let points = variogram.points.iter().map(|point| (point.lag as f64, point.mean_square_mv2));
    Chart {
        title: format!("Variogram: Hurst exponent {hurst_exponent:.3}"),
        x_label: "lag (cells)",
        y_label: "mean square difference (mV²)",
        points: points.collect(),
        line: Line::Fit,
        without_line: "too few lags for a line",
        legend: Corner::LowerRight,
        points_are: "measured",
        remarks: variogram.short_warning().into_iter().collect(),
    }
}

fn spectrum(field_v: &[f64], size: usize, features: &Features) -> Chart {
    let radial = PowerSpectrum::of(field_v, size).radial();
    let points = radial.iter().map(|radial| (radial.wavenumber as f64, radial.power_mv2));
    Chart {
        title: format!("Power spectrum: energy {} mV²", rounded(features.spectral_energy_mean)),
        x_label: "wavenumber (periods per edge)",
        y_label: "mean power (mV²)",
        // A power of zero has no place on a logarithmic axis.
        points: points.filter(|(_, power)| *power > 0.0).collect(),
        line: Line::Joined,
        without_line: "too few wavenumbers for a line",
        legend: Corner::LowerLeft,
        points_are: "mean over a ring",
        remarks: vec![format!("std. deviation {} mV²", rounded(features.spectral_energy_std))],
    }
}

/// With three digits, as a power of ten where it is small or large.
fn rounded(value: f64) -> String {
    const WRITTEN_OUT: std::ops::Range<f64> = 0.01..1000.0;
    let text = if WRITTEN_OUT.contains(&value) || value == 0.0 {
        format!("{value:.3}")
    } else {
        format!("{value:.2e}")
    };
    // A hyphen is too short a minus.
    text.replace('-', "\u{2212}")
}
