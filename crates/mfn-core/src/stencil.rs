//! The inner loops of a step: one row of each lattice.
//!
//! Each takes whole rows as separate slices of one length and does one thing,
//! which is what lets the compiler turn it into vector code.

use crate::exact_math::clamp;
use crate::lattice::Row;

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
    for j in 1..last {
        let l = laplacian(behind[j] + ahead[j], centre[j - 1], centre[j + 1], centre[j]);
        behind[j] = renew(j, centre[j], l);
    }
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
