//! The variogram of a field and its Hurst exponent: `spec/features.md`.

use super::slope;
use crate::InstructionSet;
use crate::exact_math::{clamp, ln, sum8};
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
    /// Working memory, one number a cell.
    squares: Vec<f64>,
}

impl Variogram {
    /// No lag is done yet of a field in volts.
    pub(super) fn new(field_v: &[f64], size: usize, set: InstructionSet) -> Self {
        let field_mv: Vec<f64> = field_v.iter().map(|v| MV_PER_V * v).collect();
        let squares = vec![0.0; field_mv.len()];
        Self { field_mv, size, set, next_lag: 1, points: Vec::new(), squares }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.next_lag * EDGE_PER_LARGEST_LAG > self.size
    }

    /// Does the next lag.
    pub(super) fn part(&mut self) {
        let Self { field_mv, size, set, next_lag: lag, points, squares } = self;
        let mean_square_mv2 = set.run(
            #[inline(always)]
            || mean_square(field_mv, *size, *lag, squares),
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

/// `squares` is working memory, one number a cell. The squares are stored
/// before they are summed because the partial sums of `sum8` run on across
/// the ends of rows, where the differences wrap around.
#[inline(always)]
fn mean_square(field_mv: &[f64], size: usize, lag: usize, squares: &mut [f64]) -> f64 {
    for (squares, row) in squares.chunks_exact_mut(size).zip(field_mv.chunks_exact(size)) {
        square_differences(row, lag, squares);
    }
    let along_rows = sum8(squares);
    square_differences(field_mv, lag * size, squares);
    let along_columns = sum8(squares);
    (along_rows + along_columns) / (2 * size * size) as f64
}

/// (x(k + lag) - x(k))^2 for every k; past the end comes the start.
#[inline(always)]
fn square_differences(values: &[f64], lag: usize, squares: &mut [f64]) {
    let (inner, wrapping) = squares.split_at_mut(values.len() - lag);
    let (start, from_lag) = values.split_at(lag);
    let ends = &values[inner.len()..];
    for (squares, here, there) in [(inner, values, from_lag), (wrapping, ends, start)] {
        for ((square, here), there) in squares.iter_mut().zip(here).zip(there) {
            *square = (there - here) * (there - here);
        }
    }
}
