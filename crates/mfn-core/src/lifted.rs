//! The lifted layout of a row (Henretty, Stock, Pouchet, Franchetti, Ramanujam and
//! Sadayappan, "Data Layout Transformation for Stencil Computations on Short-Vector
//! SIMD Architectures", Compiler Construction 2011).
//!
//! As a row lies in memory, the left neighbours of a vector's cells are another vector
//! that overlaps it, and to load that takes twice as long as to load an aligned one. So
//! the row is cut into as many pieces as a vector has lanes, and lane `l` walks along
//! piece `l`. With eight cells and two lanes:
//!
//! ```text
//! cells    0 1 2 3 4 5 6 7
//! vectors  [0 4] [1 5] [2 6] [3 7]
//! ```
//!
//! The neighbours of a vector are now the vectors before and after it. At the ends the
//! lanes move on by one: left of `[0 4]` is `[3 7]` rotated, which is `[7 3]`.
//!
//! Cells that do not fill the last piece are followed by padding. Its first place has
//! a copy of the row's first cell, which is the right neighbour of the last cell; the
//! left neighbour of the first cell is put in its place by the stencil.

use std::array::from_fn;

/// Where the cells of a row lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LiftedRow {
    cells: usize,
    lanes: usize,
    vectors: usize,
}

impl LiftedRow {
    /// A row of `cells` cells, in vectors of `lanes`.
    pub(crate) fn new(cells: usize, lanes: usize) -> Self {
        Self { cells, lanes, vectors: cells.div_ceil(lanes) }
    }

    /// Cells and padding.
    pub(crate) fn len(self) -> usize {
        self.vectors * self.lanes
    }

    /// Where the cell of this column is; the column after the last is the first place
    /// of the padding.
    pub(crate) fn place(self, column: usize) -> usize {
        let (lane, vector) = (column / self.vectors, column % self.vectors);
        vector * self.lanes + lane
    }

    /// Where the last cell is.
    pub(crate) fn place_of_last(self) -> usize {
        self.place(self.cells - 1)
    }

    /// Where the padding repeats the row's first cell, if there is padding.
    pub(crate) fn repeated_place(self) -> Option<usize> {
        (self.cells < self.len()).then(|| self.place(self.cells))
    }

    /// Lifts the cells of `plain`, which has room for the padding after them.
    pub(crate) fn lift(self, plain: &mut [f64], lifted: &mut [f64]) {
        let first = plain[0];
        plain[self.cells..].fill(first);
        match self.lanes {
            8 => lift::<8>(plain, lifted),
            4 => lift::<4>(plain, lifted),
            2 => lift::<2>(plain, lifted),
            _ => lifted.copy_from_slice(plain),
        }
    }

    /// Brings cells and padding back into their order.
    pub(crate) fn lower(self, lifted: &[f64], plain: &mut [f64]) {
        match self.lanes {
            8 => lower::<8>(lifted, plain),
            4 => lower::<4>(lifted, plain),
            2 => lower::<2>(lifted, plain),
            _ => plain.copy_from_slice(lifted),
        }
    }
}

#[inline(always)]
fn lift<const LANES: usize>(plain: &[f64], lifted: &mut [f64]) {
    let vectors = lifted.as_chunks_mut::<LANES>().0;
    let pieces: [&[f64]; LANES] = from_fn(|lane| &plain[lane * vectors.len()..][..vectors.len()]);
    for (k, vector) in vectors.iter_mut().enumerate() {
        for (cell, piece) in vector.iter_mut().zip(pieces) {
            *cell = piece[k];
        }
    }
}

#[inline(always)]
fn lower<const LANES: usize>(lifted: &[f64], plain: &mut [f64]) {
    let vectors = lifted.as_chunks::<LANES>().0;
    for (lane, piece) in plain.chunks_exact_mut(vectors.len()).enumerate() {
        for (cell, vector) in piece.iter_mut().zip(vectors) {
            *cell = vector[lane];
        }
    }
}
