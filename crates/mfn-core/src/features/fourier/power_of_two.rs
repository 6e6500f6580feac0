//! Transforms whose length is a power of two.
//!
//! Stockham's autosort algorithm in radix 4, decimation in frequency (Van
//! Loan, Computational Frameworks for the Fast Fourier Transform, 1992,
//! chapters 1 and 2): each stage reads one buffer and writes another in the
//! order that the next stage wants, so nothing is ever permuted.

use super::lanes::Lanes;
use super::roots::{Complex, root_of_unity};

pub(crate) struct PowerOfTwo {
    length: usize,
    /// exp(-2 pi i k / length), as far as the stages look.
    roots: Vec<Complex>,
    /// What a stage writes, before it is swapped with what it read.
    scratch: Vec<Lanes>,
}

impl PowerOfTwo {
    pub(super) fn new(length: usize) -> Self {
        let roots = (0..(3 * length).div_ceil(4)).map(|k| root_of_unity(k, length)).collect();
        Self { length, roots, scratch: vec![Lanes::default(); length] }
    }

    #[inline(always)]
    pub(super) fn forward(&mut self, sequences: &mut Vec<Lanes>) {
        let (mut remaining, mut stride) = (self.length, 1);
        while remaining >= 4 {
            for p in 0..remaining / 4 {
                let roots = [1, 2, 3].map(|m| self.roots[m * p * stride]);
                radix_4(sequences, &mut self.scratch, p, stride, roots);
            }
            std::mem::swap(sequences, &mut self.scratch);
            remaining /= 4;
            stride *= 4;
        }
        if remaining == 2 {
            radix_2(sequences, &mut self.scratch);
            std::mem::swap(sequences, &mut self.scratch);
        }
    }
}

/// The `p`-th group of a stage: `stride` butterflies with the same roots. It
/// reads a run of each quarter and writes four runs that follow each other.
#[inline(always)]
fn radix_4(from: &[Lanes], to: &mut [Lanes], p: usize, stride: usize, roots: [Complex; 3]) {
    let quarter = from.len() / 4;
    let [a, b, c, d] = [0, 1, 2, 3].map(|k| &from[k * quarter + p * stride..][..stride]);
    let (left, right) = to[4 * p * stride..][..4 * stride].split_at_mut(2 * stride);
    let ((to_0, to_1), (to_2, to_3)) = (left.split_at_mut(stride), right.split_at_mut(stride));
    for q in 0..stride {
        let (sum_ac, difference_ac) = (a[q] + c[q], a[q] - c[q]);
        let (sum_bd, difference_bd) = (b[q] + d[q], (b[q] - d[q]).times_minus_i());
        to_0[q] = sum_ac + sum_bd;
        to_1[q] = (difference_ac + difference_bd) * roots[0];
        to_2[q] = (sum_ac - sum_bd) * roots[1];
        to_3[q] = (difference_ac - difference_bd) * roots[2];
    }
}

/// The last stage of a length that is not a power of four.
#[inline(always)]
fn radix_2(from: &[Lanes], to: &mut [Lanes]) {
    let (a, b) = from.split_at(from.len() / 2);
    let (sums, differences) = to.split_at_mut(a.len());
    for q in 0..a.len() {
        sums[q] = a[q] + b[q];
        differences[q] = a[q] - b[q];
    }
}
