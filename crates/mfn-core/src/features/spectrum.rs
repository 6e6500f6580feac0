//! The power spectrum of a field: `spec/features.md`.

use std::array::from_fn;

use super::fourier::{LANES, Lanes, Transform};
use crate::InstructionSet;
use crate::exact_math::{sum8, sum8_of};
use crate::statistics::{MV_PER_V, mean_and_std};

/// How the variance of a field is spread over wave vectors k:
/// P(k) = |F(k)|^2 / N^4 with F the unnormalised two-dimensional discrete
/// Fourier transform of the potential less its mean. The values for all k but
/// k = 0 add up to the variance (Parseval's theorem).
#[derive(Clone, Debug, PartialEq)]
pub struct PowerSpectrum {
    size: usize,
    /// P(k, l) for k = 0 ..= size / 2 and all l, row-major. The rest is
    /// P(-k, -l) = P(k, l), since the field is real.
    rows: Vec<f64>,
}

/// The mean power at one distance from k = 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RadialPower {
    /// |k|, rounded to an integer: periods along one edge of the lattice.
    pub wavenumber: usize,
    /// Mean of P(k) over all wave vectors of this wavenumber, mV^2.
    pub power_mv2: f64,
}

impl PowerSpectrum {
    /// Spectrum of a field of `size` x `size` cells in volts, row-major.
    #[must_use]
    pub fn of(field_v: &[f64], size: usize) -> Self {
        Self::with_instruction_set(field_v, size, InstructionSet::detect())
    }

    pub(crate) fn with_instruction_set(field_v: &[f64], size: usize, set: InstructionSet) -> Self {
        let mut transformation = Transformation::new(field_v, size, set);
        while !transformation.is_finished() {
            transformation.part(field_v);
        }
        transformation.conclude()
    }

    /// Mean and population standard deviation of P(k) over all k but k = 0,
    /// mV^2.
    #[must_use]
    pub fn mean_and_std(&self) -> (f64, f64) {
        let count = (self.size * self.size - 1) as f64;
        let mean = self.sum(sum8) / count;
        let square = |p: f64| (p - mean) * (p - mean);
        (mean, (self.sum(|powers| sum8_of(powers, square)) / count).sqrt())
    }

    /// Mean power by wavenumber from 1 to size / 2, the largest that a lattice
    /// resolves in every direction. A wave vector belongs to wavenumber q when
    /// q - 1/2 < |k| < q + 1/2; nothing lies between.
    #[must_use]
    pub fn radial(&self) -> Vec<RadialPower> {
        let n = self.size;
        let mut shells = vec![(0.0, 0.0); n / 2 + 1];
        for (k, row) in self.rows.chunks_exact(n).enumerate() {
            let weight = self.weight(k);
            for (l, power) in row.iter().enumerate() {
                let l = l.min(n - l);
                if let Some((sum, count)) = shells.get_mut(nearest_root(k * k + l * l)) {
                    *sum += weight * power;
                    *count += weight;
                }
            }
        }
        let shells = shells.into_iter().enumerate().skip(1);
        shells
            .map(|(wavenumber, (sum, count))| RadialPower { wavenumber, power_mv2: sum / count })
            .collect()
    }

    /// The sum over the whole plane but k = 0, from the sum of each stored row.
    fn sum(&self, sum_of_row: impl Fn(&[f64]) -> f64) -> f64 {
        let rows = self.rows.chunks_exact(self.size).enumerate();
        rows.fold(0.0, |sum, (k, row)| {
            let row = if k == 0 { &row[1..] } else { row };
            sum + self.weight(k) * sum_of_row(row)
        })
    }

    /// In how many rows of the whole plane the values of row `k` are.
    fn weight(&self, k: usize) -> f64 {
        if k == 0 || 2 * k == self.size { 1.0 } else { 2.0 }
    }
}

/// The integer nearest to the square root of `x`.
fn nearest_root(x: usize) -> usize {
    let root = x.isqrt();
    // (root + 1/2)^2 is root * (root + 1) and a quarter.
    if x > root * (root + 1) { root + 1 } else { root }
}

/// The transform of a field, first of its columns and then of the rows that this
/// makes, in parts.
pub(super) struct Transformation {
    size: usize,
    set: InstructionSet,
    mean_mv: f64,
    transform: Transform,
    /// Working memory, of eight columns.
    columns: Vec<Lanes>,
    /// The rows 0 ..= size / 2 in bands of eight: element l of row k is lane k % 8
    /// of element l of band k / 8.
    bands: Vec<Vec<Lanes>>,
    parts_done: usize,
}

impl Transformation {
    /// Nothing is transformed yet of a field in volts.
    pub(super) fn new(field_v: &[f64], size: usize, set: InstructionSet) -> Self {
        let (mean_mv, transform) = set.run(
            #[inline(always)]
            || (mean_and_std(field_v, MV_PER_V).0, Transform::new(size)),
        );
        let columns = vec![Lanes::default(); size];
        let bands = vec![columns.clone(); (size / 2 + 1).div_ceil(LANES)];
        Self { size, set, mean_mv, transform, columns, bands, parts_done: 0 }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.parts_done == self.column_parts() + self.bands.len()
    }

    /// Transforms eight pairs of columns, or a band of rows. `field_v` is always
    /// the same.
    pub(super) fn part(&mut self, field_v: &[f64]) {
        let band = self.parts_done.checked_sub(self.column_parts());
        self.set.run(
            #[inline(always)]
            || match band {
                None => self.transform_columns(field_v, self.parts_done * LANES),
                Some(k) => self.transform.forward(&mut self.bands[k]),
            },
        );
        self.parts_done += 1;
    }

    /// The spectrum, when all parts are done.
    pub(super) fn conclude(self) -> PowerSpectrum {
        let Self { size, set, bands, .. } = self;
        let rows = set.run(
            #[inline(always)]
            || powers(&bands, size),
        );
        PowerSpectrum { size, rows }
    }

    fn column_parts(&self) -> usize {
        self.size.div_ceil(2).div_ceil(LANES)
    }

    /// Two real columns share one complex transform: column j of the left half is
    /// its real part, column j of the right half its imaginary part. These are
    /// eight pairs from column `first` on.
    #[inline(always)]
    fn transform_columns(&mut self, field_v: &[f64], first: usize) {
        let Self { size, mean_mv, transform, columns, bands, .. } = self;
        let (size, half) = (*size, size.div_ceil(2));
        let left = first..half.min(first + LANES);
        let right = half + first..size.min(half + left.end);
        for (cells, row) in columns.iter_mut().zip(field_v.chunks_exact(size)) {
            load(&mut cells.re, &row[left.clone()], *mean_mv);
            load(&mut cells.im, &row[right.clone()], *mean_mv);
        }
        transform.forward(columns);
        for k in 0..=size / 2 {
            let opposite = if k == 0 { 0 } else { size - k };
            let (real, imaginary) = separate(columns[k], columns[opposite]);
            let (band, lane) = (&mut bands[k / LANES], k % LANES);
            store(&mut band[left.clone()], lane, real);
            store(&mut band[right.clone()], lane, imaginary);
        }
    }
}

/// Cells in millivolts less the mean, and zero where there are none.
#[inline(always)]
fn load(lanes: &mut [f64; LANES], cells_v: &[f64], mean_mv: f64) {
    let (used, unused) = lanes.split_at_mut(cells_v.len());
    for (lane, v) in used.iter_mut().zip(cells_v) {
        *lane = MV_PER_V * v - mean_mv;
    }
    unused.fill(0.0);
}

/// From Z(k) and Z(-k), element k of the transforms of the real and of the
/// imaginary part: half of Z(k) + conj Z(-k), and of that with a minus over i.
#[inline(always)]
fn separate(here: Lanes, opposite: Lanes) -> (Lanes, Lanes) {
    let (mut real, mut imaginary) = (here, here);
    for l in 0..LANES {
        real.re[l] = 0.5 * (here.re[l] + opposite.re[l]);
        real.im[l] = 0.5 * (here.im[l] - opposite.im[l]);
        imaginary.re[l] = 0.5 * (here.im[l] + opposite.im[l]);
        imaginary.im[l] = 0.5 * (opposite.re[l] - here.re[l]);
    }
    (real, imaginary)
}

/// Turns a row of at most eight values into a column of `band`.
#[inline(always)]
fn store(band: &mut [Lanes], lane: usize, row: Lanes) {
    for ((to, re), im) in band.iter_mut().zip(row.re).zip(row.im) {
        (to.re[lane], to.im[lane]) = (re, im);
    }
}

/// P of every element, row-major.
#[inline(always)]
fn powers(bands: &[Vec<Lanes>], size: usize) -> Vec<f64> {
    let scale = (size * size * size * size) as f64;
    let mut rows = vec![0.0; (size / 2 + 1) * size];
    for (band, rows) in bands.iter().zip(rows.chunks_mut(LANES * size)) {
        for (l, Lanes { re, im }) in band.iter().enumerate() {
            let powers: [f64; LANES] = from_fn(|k| (re[k] * re[k] + im[k] * im[k]) / scale);
            for (row, power) in rows.chunks_exact_mut(size).zip(powers) {
                row[l] = power;
            }
        }
    }
    rows
}
