//! Which cells of a field count as active: `spec/statistics.md`.

use crate::exact_math::sum8;

/// A flag for every cell of a square lattice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    size: usize,
    /// 1 where a cell is active, else 0: bytes, so that rows combine in
    /// vectors.
    flags: Vec<u8>,
}

impl Mask {
    /// The active mask: cells above the mean of the field.
    ///
    /// `field_v` has `size * size` cells, row-major.
    #[inline(always)]
    #[must_use]
    pub fn active(field_v: &[f64], size: usize) -> Self {
        Self::above(field_v, size, sum8(field_v) / field_v.len() as f64)
    }

    /// Cells above `threshold`, both in one unit.
    ///
    /// # Panics
    /// If `field` does not have `size * size` cells.
    #[inline(always)]
    #[must_use]
    pub fn above(field: &[f64], size: usize, threshold: f64) -> Self {
        assert_eq!(field.len(), size * size, "a field has size x size cells");
        let flags = field.iter().map(|&v| u8::from(v > threshold)).collect();
        Self { size, flags }
    }

    /// Cells along one edge.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Row-major: 1 where a cell is active, else 0.
    #[must_use]
    pub fn flags(&self) -> &[u8] {
        &self.flags
    }
}
