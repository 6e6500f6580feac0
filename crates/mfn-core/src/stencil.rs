//! The inner loop of a step: new values for every cell of one lattice, or of two that
//! depend on each other.
//!
//! It goes along some rows at once, vector by vector, with the vectors to the left, in
//! the middle and to the right in registers: each is loaded once, and is also above
//! or below another. Rows are lifted, so that all of these are whole vectors (see
//! [`crate::lifted`]).

#![allow(
    clippy::needless_range_loop,
    reason = "an index counts through several arrays, which then stay in registers"
)]

use pulp::{Simd, WithSimd};

use crate::InstructionSet;
use crate::lattice::{Block, Lattice, repeat_first_cell};
use crate::lifted::LiftedRow;

/// Rows of one lattice that are renewed at once. More of them, or as many of two
/// lattices, would need more registers than there are.
const ROWS: usize = 2;

/// What becomes of a cell of each of `F` lattices.
pub(crate) trait Rule<const F: usize> {
    /// The new values of some cells, given the old ones and `L(v)` of each lattice.
    fn renew<S: Simd>(&self, simd: S, old: [S::f64s; F], laplacian: [S::f64s; F]) -> [S::f64s; F];
}

/// Renews every cell of all lattices at once by
/// `L(v) = (((up + down) + left) + right) - 4 v`.
#[inline(always)]
pub(crate) fn sweep<const F: usize>(
    set: InstructionSet,
    lattices: [&mut Lattice; F],
    rule: impl Rule<F>,
) {
    set.run_with_simd(Sweep { lattices, rule });
}

struct Sweep<'a, const F: usize, R> {
    lattices: [&'a mut Lattice; F],
    rule: R,
}

impl<const F: usize, R: Rule<F>> WithSimd for Sweep<'_, F, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { mut lattices, rule } = self;
        let size = lattices[0].size();
        let layout = lattices[0].layout();
        for lattice in &mut lattices {
            lattice.begin_sweep();
        }
        debug_assert!(lattices.iter().all(|lattice| lattice.order() == lattices[0].order()));
        let mut k = 0;
        while F < ROWS && k + ROWS <= size {
            renew_rows::<S, F, ROWS>(simd, &mut lattices, layout, k, &rule);
            k += ROWS;
        }
        while k < size {
            renew_rows::<S, F, 1>(simd, &mut lattices, layout, k, &rule);
            k += 1;
        }
        for lattice in &mut lattices {
            lattice.end_sweep();
        }
    }
}

/// Renews the `R` rows from the `k`-th of the sweep on.
#[inline(always)]
fn renew_rows<S: Simd, const F: usize, const R: usize>(
    simd: S,
    lattices: &mut [&mut Lattice; F],
    layout: LiftedRow,
    k: usize,
    rule: &impl Rule<F>,
) {
    let blocks = lattices.each_mut().map(|lattice| lattice.block(k));
    let mut windows = blocks.map(
        #[inline(always)]
        |block| Window::<S, R>::new(simd, block, layout),
    );
    let last = windows[0].ahead.len() - 1;
    for vector in 0..last {
        for window in &mut windows {
            window.see_right(vector);
        }
        renew_vectors(simd, &mut windows, vector, rule);
    }
    for window in &mut windows {
        window.right = window.right_of_last;
    }
    renew_vectors(simd, &mut windows, last, rule);
    if let Some(place) = layout.repeated_place() {
        for lattice in lattices {
            let Block { behind, mut rows, .. } = lattice.block::<R>(k);
            repeat_first_cell(behind, Some(place));
            for row in &mut rows[..R - 1] {
                repeat_first_cell(row, Some(place));
            }
        }
    }
}

/// Renews one vector of each row, and moves the windows on by one.
#[inline(always)]
fn renew_vectors<S: Simd, const F: usize, const R: usize>(
    simd: S,
    windows: &mut [Window<'_, S, R>; F],
    vector: usize,
    rule: &impl Rule<F>,
) {
    let zero = simd.splat_f64s(0.0);
    let mut new = [[zero; R]; F];
    for r in 0..R {
        let (mut old, mut laplacian) = ([zero; F], [zero; F]);
        for f in 0..F {
            old[f] = windows[f].centre[r];
            laplacian[f] = windows[f].laplacian(simd, vector, r);
        }
        let renewed = rule.renew(simd, old, laplacian);
        for f in 0..F {
            new[f][r] = renewed[f];
        }
    }
    for f in 0..F {
        windows[f].put(vector, new[f]);
    }
}

/// The rows of a block, and those of their vectors that the next new values need.
struct Window<'a, S: Simd, const R: usize> {
    behind: &'a mut [S::f64s],
    rows: [&'a mut [S::f64s]; R],
    ahead: &'a [S::f64s],
    left: [S::f64s; R],
    centre: [S::f64s; R],
    right: [S::f64s; R],
    /// What is to the right of each row's last vector. The first ones, which it is made
    /// of, are overwritten by then.
    right_of_last: [S::f64s; R],
}

impl<'a, S: Simd, const R: usize> Window<'a, S, R> {
    /// Before the first vector of the rows.
    #[inline(always)]
    fn new(simd: S, block: Block<'a, R>, layout: LiftedRow) -> Self {
        let zero = simd.splat_f64s(0.0);
        let Block { behind, rows, ahead } = block;
        let (mut left, mut centre, mut right_of_last) = ([zero; R], [zero; R], [zero; R]);
        for r in 0..R {
            let vectors = S::as_simd_f64s(&*rows[r]).0;
            let (first, last) = (vectors[0], vectors[vectors.len() - 1]);
            left[r] = simd.rotate_right_f64s(last, 1);
            if layout.repeated_place().is_some() {
                let last_cell = simd.splat_f64s(rows[r][layout.place_of_last()]);
                let lane_0 = simd.mask_between_m64s(0, 1).mask();
                left[r] = simd.select_f64s(lane_0, last_cell, left[r]);
            }
            centre[r] = first;
            right_of_last[r] = simd.rotate_left_f64s(first, 1);
        }
        let ahead = S::as_simd_f64s(ahead).0;
        let behind = &mut S::as_mut_simd_f64s(behind).0[..ahead.len()];
        let rows = rows.map(
            #[inline(always)]
            |row| &mut S::as_mut_simd_f64s(row).0[..ahead.len()],
        );
        Self { behind, rows, ahead, left, centre, right: [zero; R], right_of_last }
    }

    /// Loads what is to the right of a vector that is not the last.
    #[inline(always)]
    fn see_right(&mut self, vector: usize) {
        for r in 0..R {
            self.right[r] = self.rows[r][vector + 1];
        }
    }

    /// `L(v)` of a vector of row `r`.
    #[inline(always)]
    fn laplacian(&self, simd: S, vector: usize, r: usize) -> S::f64s {
        let above = if r == 0 { self.behind[vector] } else { self.centre[r - 1] };
        let below = if r == R - 1 { self.ahead[vector] } else { self.centre[r + 1] };
        let above_and_below = simd.add_f64s(above, below);
        let with_left = simd.add_f64s(above_and_below, self.left[r]);
        let with_right = simd.add_f64s(with_left, self.right[r]);
        simd.sub_f64s(with_right, simd.mul_f64s(simd.splat_f64s(4.0), self.centre[r]))
    }

    /// Puts the new values of a vector of each row where they belong, and moves on by
    /// one vector.
    #[inline(always)]
    fn put(&mut self, vector: usize, new: [S::f64s; R]) {
        self.behind[vector] = new[0];
        for r in 1..R {
            self.rows[r - 1][vector] = new[r];
        }
        self.left = self.centre;
        self.centre = self.right;
    }
}

/// `x` held within `[low, high]`. No `x` here is a NaN or a negative zero, the two
/// that a minimum or a maximum would treat differently from one machine to another.
#[inline(always)]
pub(crate) fn hold<S: Simd>(simd: S, x: S::f64s, (low, high): (f64, f64)) -> S::f64s {
    let raised = simd.max_f64s(simd.splat_f64s(low), x);
    simd.min_f64s(simd.splat_f64s(high), raised)
}
