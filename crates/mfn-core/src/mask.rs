//! Which cells of a field count as active: `spec/statistics.md`.

use crate::exact_math::sum8;

/// Cells that a word has the flags of.
pub(crate) const CELLS_A_WORD: usize = u64::BITS as usize;

/// A flag for every cell of a square lattice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    size: usize,
    /// Row by row, each in words of its own. A cell's flag is set where it is active;
    /// the first cell has the lowest bit of a row's first word. Bits beyond
    /// the last cell are not set.
    words: Vec<u64>,
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
        let mut words = Vec::with_capacity(size * size.div_ceil(CELLS_A_WORD));
        for row in field.chunks_exact(size) {
            for cells in row.chunks(CELLS_A_WORD) {
                let mut word = 0;
                for (k, &v) in cells.iter().enumerate() {
                    word |= u64::from(v > threshold) << k;
                }
                words.push(word);
            }
        }
        Self { size, words }
    }

    /// Cells along one edge.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Row-major: 1 where a cell is active, else 0.
    #[inline(always)]
    pub(crate) fn flags(&self) -> Vec<u8> {
        let mut flags = vec![0; self.size * self.size];
        let rows = flags.chunks_exact_mut(self.size);
        for (flags, words) in rows.zip(self.words.chunks_exact(self.words_a_row())) {
            for (flags, &word) in flags.chunks_mut(CELLS_A_WORD).zip(words) {
                for (k, flag) in flags.iter_mut().enumerate() {
                    *flag = u8::from(word & 1 << k != 0);
                }
            }
        }
        flags
    }

    /// The flags as bits, [`Self::words_a_row`] for each row.
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    pub(crate) fn words_a_row(&self) -> usize {
        self.size.div_ceil(CELLS_A_WORD)
    }
}
