//! The variogram of a field and its Hurst exponent: `spec/features.md`.

use super::slope;
use crate::InstructionSet;
use crate::exact_math::{Sum8, clamp, ln};
use crate::statistics::MV_PER_V;

/// Lags go up to the edge of the lattice over this.
const EDGE_PER_LARGEST_LAG: usize = 4;

/// How much the potential differs, on average, between cells that are `lag`
/// apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VariogramPoint {
    /// Distance along rows and columns, in cells.
    pub lag: usize,
    /// S2, the mean square of the difference, mV^2.
    pub mean_square_mv2: f64,
}

/// The second-order structure function of a field of `size` x `size` cells in
/// volts, row-major: S2 at the lags 1, 2, 4, ... up to size / 4, over both
/// directions of the periodic lattice. Lags at which nothing differs are left
/// out.
#[must_use]
pub fn variogram(field_v: &[f64], size: usize) -> Vec<VariogramPoint> {
    variogram_with(field_v, size, InstructionSet::detect())
}

pub(super) fn variogram_with(
    field_v: &[f64],
    size: usize,
    set: InstructionSet,
) -> Vec<VariogramPoint> {
    let mut variogram = Variogram::new(field_v, size, set);
    while !variogram.is_finished() {
        variogram.part();
    }
    variogram.conclude()
}

/// The variogram of a field, lag by lag.
pub(super) struct Variogram {
    field_mv: Vec<f64>,
    size: usize,
    set: InstructionSet,
    next_lag: usize,
    points: Vec<VariogramPoint>,
}

impl Variogram {
    /// No lag is done yet of a field in volts.
    pub(super) fn new(field_v: &[f64], size: usize, set: InstructionSet) -> Self {
        let field_mv = field_v.iter().map(|v| MV_PER_V * v).collect();
        Self { field_mv, size, set, next_lag: 1, points: Vec::new() }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.next_lag * EDGE_PER_LARGEST_LAG > self.size
    }

    /// Does the next lag.
    pub(super) fn part(&mut self) {
        let Self { field_mv, size, set, next_lag: lag, points } = self;
        let mean_square_mv2 = set.run(
            #[inline(always)]
            || mean_square(field_mv, *size, *lag),
        );
        if mean_square_mv2 != 0.0 {
            points.push(VariogramPoint { lag: *lag, mean_square_mv2 });
        }
        *lag *= 2;
    }

    /// The points, when all lags are done.
    pub(super) fn conclude(self) -> Vec<VariogramPoint> {
        self.points
    }
}

/// Hurst exponent by the second-order structure function, S2(h) ~ h^(2H)
/// (Kolmogorov's, as used on surfaces by Davies and Hall, J. R. Stat. Soc. B
/// 61, 1999, 3-37): half the slope of ln S2 on ln lag, within [0, 1]. 0 with
/// fewer than two points.
pub(super) fn hurst_exponent(points: &[VariogramPoint]) -> f64 {
    let points: Vec<(f64, f64)> =
        points.iter().map(|point| (ln(point.lag as f64), ln(point.mean_square_mv2))).collect();
    clamp(0.5 * slope(&points), 0.0, 1.0)
}

/// S2 at one lag.
#[inline(always)]
fn mean_square(field_mv: &[f64], size: usize, lag: usize) -> f64 {
    let square = |here: f64, there: f64| (there - here) * (there - here);
    let mut along_rows = Sum8::default();
    // A row and its start once more, so that all its terms are added in one go.
    let mut unrolled = vec![0.0; size + lag];
    for row in field_mv.chunks_exact(size) {
        unrolled[..size].copy_from_slice(row);
        unrolled[size..].copy_from_slice(&row[..lag]);
        along_rows.add(row, &unrolled[lag..], square);
    }
    let mut along_columns = Sum8::default();
    let (start, from_lag) = field_mv.split_at(lag * size);
    along_columns.add(field_mv, from_lag, square);
    along_columns.add(&field_mv[from_lag.len()..], start, square);
    (along_rows.total() + along_columns.total()) / (2 * size * size) as f64
}
