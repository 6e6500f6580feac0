//! Diffusion of the potential, and when it cannot leave the field's bounds.
//!
//! Without rounding, a diffused cell is a weighted mean of five old ones: itself with
//! `1 - 4 alpha` and each neighbour with `alpha`, all positive as `alpha` is below a
//! quarter. So it lies between the smallest and the largest of the old field. What
//! rounding adds in one step is less than [`ROUNDING_V`]. Hence two numbers that are
//! carried along prove for nearly every step of nearly every request that no cell leaves
//! the bounds, and these then need not be compared with each cell.

use pulp::Simd;

use crate::InstructionSet;
use crate::lattice::Lattice;
use crate::statistics::extremes;
use crate::stencil::{Rule, hold, sweep};

/// The field is held within these bounds, in volts.
pub(crate) const BOUNDS_V: (f64, f64) = (-0.095, 0.040);
/// More than rounding can move a cell in one step, in volts, as long as no cell is
/// further from zero than the bounds are.
///
/// Let `u` be `2^-53` and `m` the largest magnitude. The three sums of `L` are off by at
/// most `2 m u`, `3 m u` and `4 m u`, and its difference by `8 m u`; `alpha` makes less
/// than `17 m u / 4` of that. The product is off by `2 m u`, the last sum by hardly more
/// than `m u`. In all that is less than `8 m u`, which is below `1e-16`.
const ROUNDING_V: f64 = 1e-15;

/// `v + alpha * L(v)`.
struct Unbounded {
    alpha: f64,
}

/// The same, held within the bounds.
struct Bounded {
    alpha: f64,
}

impl Rule<1> for Unbounded {
    #[inline(always)]
    fn renew<S: Simd>(&self, simd: S, [v]: [S::f64s; 1], [l]: [S::f64s; 1]) -> [S::f64s; 1] {
        [simd.add_f64s(v, simd.mul_f64s(simd.splat_f64s(self.alpha), l))]
    }
}

impl Rule<1> for Bounded {
    #[inline(always)]
    fn renew<S: Simd>(&self, simd: S, v: [S::f64s; 1], l: [S::f64s; 1]) -> [S::f64s; 1] {
        let [new] = Unbounded { alpha: self.alpha }.renew(simd, v, l);
        [hold(simd, new, BOUNDS_V)]
    }
}

/// Diffuses without regard to the bounds.
pub(crate) fn diffuse(set: InstructionSet, field: &mut Lattice, alpha: f64) {
    sweep(set, [field], Unbounded { alpha });
}

/// What is known of all cells of a field.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Extent {
    /// No cell is below or above these, in volts. None if nothing is known.
    range_v: Option<(f64, f64)>,
}

impl Extent {
    /// Diffuses, and holds each cell within the bounds, unless it is proved that none
    /// leaves them.
    pub(crate) fn diffuse_within_bounds(
        &mut self,
        set: InstructionSet,
        field: &mut Lattice,
        alpha: f64,
    ) {
        let (low, high) = self.range_v.unwrap_or_else(|| {
            set.run(
                #[inline(always)]
                || extremes(field.cells_and_padding()),
            )
        });
        let (low, high) = (low - ROUNDING_V, high + ROUNDING_V);
        if BOUNDS_V.0 <= low && high <= BOUNDS_V.1 {
            diffuse(set, field, alpha);
            self.range_v = Some((low, high));
        } else {
            sweep(set, [field], Bounded { alpha });
            // The extremes are likely to have come closer to each other.
            self.range_v = None;
        }
    }

    /// A cell has become `v`.
    pub(crate) fn include(&mut self, v: f64) {
        if let Some((low, high)) = &mut self.range_v {
            if v < *low {
                *low = v;
            }
            if v > *high {
                *high = v;
            }
        }
    }

    /// Nothing is known any more.
    pub(crate) fn forget(&mut self) {
        self.range_v = None;
    }
}
