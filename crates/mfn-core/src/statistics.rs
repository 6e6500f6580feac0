//! Extremes, mean and standard deviation of a field: `spec/statistics.md`.

use crate::exact_math::sum8_of;

/// Millivolts in a volt.
pub const MV_PER_V: f64 = 1000.0;

/// Statistics of the potential over all cells, in millivolts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistics {
    /// Smallest potential, mV.
    pub min_mv: f64,
    /// Largest potential, mV.
    pub max_mv: f64,
    /// Mean potential, mV.
    pub mean_mv: f64,
    /// Population standard deviation of the potential, mV.
    pub std_mv: f64,
}

impl Statistics {
    /// Statistics of a field in volts, which has at least one cell.
    #[inline(always)]
    #[must_use]
    pub fn of(field_v: &[f64]) -> Self {
        let (min_v, max_v) = extremes(field_v);
        let (mean_mv, std_mv) = mean_and_std(field_v, MV_PER_V);
        // Scaling rounds but keeps order, so the extremes can be scaled last.
        Self { min_mv: MV_PER_V * min_v, max_mv: MV_PER_V * max_v, mean_mv, std_mv }
    }
}

/// Mean and population standard deviation of `scale * x` for each `x`.
#[inline(always)]
pub(crate) fn mean_and_std(values: &[f64], scale: f64) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = sum8_of(values, |x| scale * x) / count;
    let square = |x: f64| (scale * x - mean) * (scale * x - mean);
    (mean, (sum8_of(values, square) / count).sqrt())
}

/// The smallest and the largest value. A field holds neither NaN nor negative
/// zero, so plain comparisons decide.
///
/// A loop for each, with as many lanes as two of the widest vectors: the compiler makes
/// vector code of that, and not of one loop for both.
#[inline(always)]
pub(crate) fn extremes(values: &[f64]) -> (f64, f64) {
    let smallest = furthest(values, f64::INFINITY, |a, b| a < b);
    (smallest, furthest(values, f64::NEG_INFINITY, |a, b| a > b))
}

/// The value that goes before all others, or `start` where there is none.
#[inline(always)]
fn furthest(values: &[f64], start: f64, goes_before: impl Fn(f64, f64) -> bool) -> f64 {
    const LANES: usize = 16;
    let first = |a, b| if goes_before(b, a) { b } else { a };
    let mut lanes = [start; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = first(*lane, value);
        }
    }
    rest.iter().copied().chain(lanes).fold(start, first)
}
