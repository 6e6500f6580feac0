//! Box counting, and the box dimension of a mask: `spec/statistics.md`.

use super::slope;
use crate::exact_math::ln;
use crate::mask::Mask;

/// The largest box is at most this wide, whatever the lattice.
const BOX_SIZE_MAX: usize = 32;
/// Box sizes run from 2 to the largest in this many geometric steps.
const BOX_SIZE_STEPS: u32 = 4;

/// How many boxes of one size hold an active cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoxCount {
    /// Edge of a box in cells.
    pub box_size: usize,
    /// Boxes with at least one active cell.
    pub count: usize,
}

/// Box dimension: minus the slope of ln count on ln size. 0 with fewer than
/// two usable sizes.
#[inline(always)]
#[must_use]
pub fn box_dimension(mask: &Mask) -> f64 {
    let points: Vec<(f64, f64)> = box_counts(mask)
        .into_iter()
        .map(|BoxCount { box_size, count }| (-ln(box_size as f64), ln(count as f64)))
        .collect();
    slope(&points)
}

/// The counts for all of [`box_sizes`] that have any.
#[inline(always)]
#[must_use]
pub fn box_counts(mask: &Mask) -> Vec<BoxCount> {
    box_sizes(mask.size())
        .into_iter()
        .map(|box_size| BoxCount { box_size, count: count_boxes(mask, box_size) })
        .filter(|boxes| boxes.count > 0)
        .collect()
}

/// The box sizes for a lattice of `size` x `size` cells, rising: geometric
/// from 2 to M = max(2, min(32, size / 2)), rounded down, without repeats.
///
/// Integers alone decide them: the k-th is the largest s with
/// s^4 <= 2^(4-k) * M^k.
#[must_use]
pub fn box_sizes(size: usize) -> Vec<usize> {
    let largest = (size / 2).clamp(2, BOX_SIZE_MAX);
    let mut sizes: Vec<usize> = (0..=BOX_SIZE_STEPS)
        .map(|k| {
            let limit = 2_usize.pow(BOX_SIZE_STEPS - k) * largest.pow(k);
            (2..=largest).rev().find(|s| s.pow(BOX_SIZE_STEPS) <= limit).unwrap_or(2)
        })
        .collect();
    sizes.dedup();
    sizes
}

/// Boxes of the tiling from cell (0, 0) that hold an active cell. What does
/// not fill a box at the far edges is left out.
#[inline(always)]
fn count_boxes(mask: &Mask, box_size: usize) -> usize {
    let n = mask.size();
    let mut any_in_column = vec![0; n];
    mask.flags()
        .chunks_exact(n * box_size)
        .map(|band| {
            any_in_column.fill(0);
            for row in band.chunks_exact(n) {
                for (any, flag) in any_in_column.iter_mut().zip(row) {
                    *any |= flag;
                }
            }
            any_in_column.chunks_exact(box_size).filter(|columns| columns.contains(&1)).count()
        })
        .sum()
}
