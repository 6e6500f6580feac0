//! Box counting, and the box dimension of a mask: `spec/statistics.md`.

use super::slope;
use crate::exact_math::ln;
use crate::mask::{CELLS_A_WORD, Mask};

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
    let scratch = &mut vec![0; 2 * mask.words_a_row()][..];
    box_sizes(mask.size())
        .into_iter()
        .map(|box_size| BoxCount { box_size, count: count_boxes(mask, box_size, scratch) })
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
    let mut s = 2;
    let mut sizes: Vec<usize> = (0..=BOX_SIZE_STEPS)
        .map(|k| {
            let limit = 2_usize.pow(BOX_SIZE_STEPS - k) * largest.pow(k);
            // The sizes rise, so each is looked for from the one before it on.
            while usize::pow(s + 1, BOX_SIZE_STEPS) <= limit {
                s += 1;
            }
            s
        })
        .collect();
    sizes.dedup();
    sizes
}

/// Boxes of the tiling from cell (0, 0) that hold an active cell. What does
/// not fill a box at the far edges is left out.
///
/// The rows of a band of boxes are joined to one. In it, the first bit of each box takes up
/// all others of its box, and those that are set are counted. `scratch` is working memory of
/// two rows.
#[inline(always)]
fn count_boxes(mask: &Mask, box_size: usize, scratch: &mut [u64]) -> usize {
    let words_a_row = mask.words_a_row();
    let (firsts, joined) = scratch.split_at_mut(words_a_row);
    firsts.fill(0);
    let boxes = mask.size() / box_size;
    for first in (0..boxes).map(|k| k * box_size) {
        firsts[first / CELLS_A_WORD] |= 1 << (first % CELLS_A_WORD);
    }
    let mut count = 0;
    for band in mask.words().chunks_exact(box_size * words_a_row) {
        joined.fill(0);
        for row in band.chunks_exact(words_a_row) {
            for (joined, word) in joined.iter_mut().zip(row) {
                *joined |= word;
            }
        }
        take_up(joined, box_size);
        let counts = joined.iter().zip(&*firsts).map(|(word, firsts)| (word & firsts).count_ones());
        count += counts.sum::<u32>() as usize;
    }
    count
}

/// Sets each bit if it or one of the `width - 1` after it in its word is set. No box reaches into
/// a second word: on a lattice wider than one, sizes are powers of two, and each box begins at a
/// multiple of its size.
#[inline(always)]
fn take_up(row: &mut [u64], width: usize) {
    let mut reach = 1;
    while reach < width {
        let shift = reach.min(width - reach);
        for word in &mut *row {
            *word |= *word >> shift;
        }
        reach += shift;
    }
}
