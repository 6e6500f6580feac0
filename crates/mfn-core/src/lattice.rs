//! A square lattice with periodic edges that is updated in place.
//!
//! One row more than needed is kept. A sweep writes each new row over the old
//! row behind it, which nothing needs any more, so the lattice moves by one
//! row; the next sweep runs the other way and moves it back. Memory traffic
//! is then one lattice a sweep, not two, and no row is copied but the two at
//! the edge.
//!
//! While it is swept its rows are lifted (see [`crate::lifted`]). Whoever looks at its
//! cells has them in their order, row by row, from the same memory.

use crate::InstructionSet;
use crate::aligned::Aligned;
use crate::lifted::LiftedRow;

/// `size` x `size` cells.
#[derive(Clone, Debug)]
pub(crate) struct Lattice {
    size: usize,
    layout: LiftedRow,
    order: Order,
    /// In order, the cells without a gap; lifted, one row more than the lattice has.
    rows: Aligned,
    /// The old row that the sweep's last row still needs. Between sweeps, a row that is
    /// brought into another order.
    edge: Aligned,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Row-major.
    Plain,
    /// By vectors, and row 0 is the first row of the memory or the second.
    Lifted { offset: usize },
}

/// What is needed to renew `R` rows. `behind` and `ahead` are the old rows above and
/// below them, or below and above: the stencil is symmetric in the two.
pub(crate) struct Block<'a, const R: usize> {
    /// The old row on the side the sweep comes from, which takes the new values of the
    /// first row.
    pub(crate) behind: &'a mut [f64],
    /// The old rows themselves; each takes the new values of the next one.
    pub(crate) rows: [&'a mut [f64]; R],
    /// The old row on the side the sweep goes to.
    pub(crate) ahead: &'a [f64],
}

impl Lattice {
    /// All cells zero, to be swept with the vectors of `set`.
    pub(crate) fn new(size: usize, set: InstructionSet) -> Self {
        let layout = LiftedRow::new(size, set.lanes());
        let (rows, edge) = (Aligned::new((size + 1) * layout.len()), Aligned::new(layout.len()));
        Self { size, layout, order: Order::Plain, rows, edge }
    }

    /// Cells along one edge.
    #[inline(always)]
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// How the cells of a row lie while the lattice is swept.
    #[inline(always)]
    pub(crate) fn layout(&self) -> LiftedRow {
        self.layout
    }

    /// Where the rows are. Lattices that are swept together must agree in it.
    pub(crate) fn order(&self) -> Order {
        self.order
    }

    /// All cells, row-major, if nothing has been swept since [`Self::put_in_order`].
    pub(crate) fn cells(&self) -> &[f64] {
        debug_assert_eq!(self.order, Order::Plain, "the rows are lifted");
        &self.rows[..self.size * self.size]
    }

    /// All cells, row-major.
    pub(crate) fn cells_mut(&mut self) -> &mut [f64] {
        self.put_in_order();
        &mut self.rows[..self.size * self.size]
    }

    /// All cells and copies of some, in an order of their own: whatever holds for each
    /// of these holds for each cell.
    #[inline(always)]
    pub(crate) fn cells_and_padding(&self) -> &[f64] {
        match self.order {
            Order::Plain => &self.rows[..self.size * self.size],
            Order::Lifted { offset } => {
                &self.rows[offset * self.layout.len()..][..self.size * self.layout.len()]
            }
        }
    }

    /// Adds to one cell, and returns what it has then.
    pub(crate) fn add(&mut self, row: usize, column: usize, amount: f64) -> f64 {
        let row = match self.order {
            Order::Plain => {
                let cell = &mut self.rows[row * self.size + column];
                *cell += amount;
                return *cell;
            }
            Order::Lifted { offset } => row + offset,
        };
        let row = &mut self.rows[row * self.layout.len()..][..self.layout.len()];
        let cell = &mut row[self.layout.place(column)];
        *cell += amount;
        let new = *cell;
        repeat_first_cell(row, self.layout.repeated_place());
        new
    }

    /// Puts the cells into row-major order, if they are not.
    pub(crate) fn put_in_order(&mut self) {
        let Order::Lifted { offset } = self.order else { return };
        let Self { size, layout, rows, edge, .. } = self;
        // From the first on: a row's place in order is not after its place as it is.
        for row in 0..*size {
            layout.lower(&rows[(row + offset) * layout.len()..][..layout.len()], edge);
            rows[row * *size..][..*size].copy_from_slice(&edge[..*size]);
        }
        self.order = Order::Plain;
    }

    /// Lifts the rows, if they are in order.
    fn lift(&mut self) -> usize {
        if let Order::Lifted { offset } = self.order {
            return offset;
        }
        let Self { size, layout, rows, edge, .. } = self;
        // From the last back, for the same reason.
        for row in (0..*size).rev() {
            edge[..*size].copy_from_slice(&rows[row * *size..][..*size]);
            layout.lift(edge, &mut rows[row * layout.len()..][..layout.len()]);
        }
        0
    }

    /// Saves the two old edge rows that wrap around.
    pub(crate) fn begin_sweep(&mut self) {
        let offset = self.lift();
        self.order = Order::Lifted { offset };
        let (size, len) = (self.size, self.layout.len());
        let (first, last) = (offset * len, (offset + size - 1) * len);
        if offset == 1 {
            self.edge.copy_from_slice(&self.rows[first..][..len]);
            self.rows.copy_within(last.., 0);
        } else {
            self.edge.copy_from_slice(&self.rows[last..][..len]);
            self.rows.copy_within(..len, size * len);
        }
    }

    /// The rows from the `k`-th of the sweep on.
    #[inline(always)]
    pub(crate) fn block<const R: usize>(&mut self, k: usize) -> Block<'_, R> {
        let (size, len) = (self.size, self.layout.len());
        let mut rows = if self.order == (Order::Lifted { offset: 1 }) {
            RowsAhead { rows: &mut self.rows[k * len..], len, is_forward: true }
        } else {
            RowsAhead { rows: &mut self.rows[..(size + 1 - k) * len], len, is_forward: false }
        };
        let behind = rows.next();
        let centre = std::array::from_fn(|_| rows.next());
        let ahead = if k + R == size { &self.edge[..] } else { rows.next() };
        Block { behind, rows: centre, ahead }
    }

    pub(crate) fn end_sweep(&mut self) {
        if let Order::Lifted { offset } = &mut self.order {
            *offset = 1 - *offset;
        }
    }
}

/// Copies the first cell of a lifted row to where its padding repeats it.
#[inline(always)]
pub(crate) fn repeat_first_cell(row: &mut [f64], repeated_place: Option<usize>) {
    if let Some(place) = repeated_place {
        row[place] = row[0];
    }
}

/// The lattice's rows in the order in which a sweep comes to them.
struct RowsAhead<'a> {
    rows: &'a mut [f64],
    len: usize,
    is_forward: bool,
}

impl<'a> RowsAhead<'a> {
    /// The next row, which there must be.
    #[inline(always)]
    fn next(&mut self) -> &'a mut [f64] {
        let rows = std::mem::take(&mut self.rows);
        let (row, rest) = if self.is_forward {
            rows.split_at_mut(self.len)
        } else {
            let (rest, row) = rows.split_at_mut(rows.len() - self.len);
            (row, rest)
        };
        self.rows = rest;
        row
    }
}
