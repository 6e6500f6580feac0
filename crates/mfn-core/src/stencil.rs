//! The inner loops of a step: one row of each lattice.
//!
//! Each takes whole rows as separate slices of one length and does one thing,
//! which is what lets the compiler turn it into vector code.

use std::ops::RangeInclusive;

use crate::exact_math::clamp;
use crate::lattice::Row;

/// Cells that are renewed together: whole vectors of every instruction set.
const BLOCK: usize = 8;
/// Rows that are renewed in such blocks: those with two ends and a block, up to
/// where the compiler's own vectors win.
const IN_BLOCKS: RangeInclusive<usize> = BLOCK + 2..=32;

/// `L(v) = (((up + down) + left) + right) - 4 v`, and `renew(j, v, L(v))` for
/// every cell `j` of the row.
#[inline(always)]
pub(crate) fn renew_row(row: Row<'_>, renew: impl Fn(usize, f64, f64) -> f64) {
    let Row { behind, centre, ahead } = row;
    let n = centre.len();
    let (behind, ahead) = (&mut behind[..n], &ahead[..n]);
    let last = n - 1;
    let at_ends = [(0, last, 1), (last, last - 1, 0)];
    for (j, left, right) in at_ends {
        let l = laplacian(behind[j] + ahead[j], centre[left], centre[right], centre[j]);
        behind[j] = renew(j, centre[j], l);
    }
    if IN_BLOCKS.contains(&n) {
        renew_in_blocks(behind, centre, ahead, renew);
        return;
    }
    for j in 1..last {
        let l = laplacian(behind[j] + ahead[j], centre[j - 1], centre[j + 1], centre[j]);
        behind[j] = renew(j, centre[j], l);
    }
}

/// The inner cells of a short row. One by one, those that fill no vector would
/// cost as much as all others. So the last block overlaps the one before it; it
/// is made first, while nothing of what it needs is overwritten.
#[inline(always)]
fn renew_in_blocks(
    behind: &mut [f64],
    centre: &[f64],
    ahead: &[f64],
    renew: impl Fn(usize, f64, f64) -> f64,
) {
    let last_block = centre.len() - 1 - BLOCK;
    let at_last = renewed_block(behind, centre, ahead, last_block, &renew);
    for first in (1..=last_block).step_by(BLOCK) {
        let new = renewed_block(behind, centre, ahead, first, &renew);
        behind[first..][..BLOCK].copy_from_slice(&new);
    }
    behind[last_block..][..BLOCK].copy_from_slice(&at_last);
}

/// The new values of the block of inner cells from `first` on.
#[inline(always)]
fn renewed_block(
    behind: &[f64],
    centre: &[f64],
    ahead: &[f64],
    first: usize,
    renew: &impl Fn(usize, f64, f64) -> f64,
) -> [f64; BLOCK] {
    let (behind, ahead) = (&behind[first..][..BLOCK], &ahead[first..][..BLOCK]);
    let (left, right) = (&centre[first - 1..][..BLOCK], &centre[first + 1..][..BLOCK]);
    let centre = &centre[first..][..BLOCK];
    let mut new = [0.0; BLOCK];
    for j in 0..BLOCK {
        let l = laplacian(behind[j] + ahead[j], left[j], right[j], centre[j]);
        new[j] = renew(first + j, centre[j], l);
    }
    new
}

#[inline(always)]
fn laplacian(up_and_down: f64, left: f64, right: f64, v: f64) -> f64 {
    up_and_down + left + right - 4.0 * v
}

/// Diffusion of the potential, held within `[low, high]`.
#[inline(always)]
pub(crate) fn diffuse_clamped(row: Row<'_>, alpha: f64, (low, high): (f64, f64)) {
    renew_row(
        row,
        #[inline(always)]
        |_, v, l| clamp(v + alpha * l, low, high),
    );
}

/// Diffusion of the potential, not yet held within its bounds.
#[inline(always)]
pub(crate) fn diffuse(row: Row<'_>, alpha: f64) {
    renew_row(
        row,
        #[inline(always)]
        |_, v, l| v + alpha * l,
    );
}
