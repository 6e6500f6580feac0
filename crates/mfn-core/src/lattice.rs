//! A square lattice with periodic edges that is updated in place.
//!
//! One row more than needed is kept. A sweep writes each new row over the old
//! row behind it, which nothing needs any more, so the lattice moves by one
//! row; the next sweep runs the other way and moves it back. Memory traffic
//! is then one lattice a sweep, not two, and no row is copied but the two at
//! the edge.

/// `size` x `size` cells, row-major.
#[derive(Clone, Debug)]
pub(crate) struct Lattice {
    size: usize,
    rows: Vec<f64>,
    /// Where row 0 is: at the buffer's row 0 or row 1.
    offset: usize,
    /// The old row that the sweep's last row still needs.
    edge: Vec<f64>,
}

/// What is needed to renew one row. `behind` and `ahead` are the old rows
/// above and below, or below and above: the stencil is symmetric in the two.
pub(crate) struct Row<'a> {
    /// The old row on the side the sweep comes from, to be overwritten with
    /// the new values of `centre`.
    pub(crate) behind: &'a mut [f64],
    /// The old values of the row itself.
    pub(crate) centre: &'a [f64],
    /// The old row on the side the sweep goes to.
    pub(crate) ahead: &'a [f64],
}

impl Lattice {
    /// All cells zero.
    pub(crate) fn new(size: usize) -> Self {
        Self { size, rows: vec![0.0; (size + 1) * size], offset: 0, edge: vec![0.0; size] }
    }

    /// All cells, row-major.
    pub(crate) fn cells(&self) -> &[f64] {
        &self.rows[self.offset * self.size..][..self.size * self.size]
    }

    /// All cells, row-major.
    pub(crate) fn cells_mut(&mut self) -> &mut [f64] {
        &mut self.rows[self.offset * self.size..][..self.size * self.size]
    }

    /// Renews every cell: `renew` is called once a row.
    #[inline(always)]
    pub(crate) fn sweep(&mut self, mut renew: impl FnMut(Row<'_>)) {
        self.begin_sweep();
        for k in 0..self.size {
            renew(self.row(k));
        }
        self.end_sweep();
    }

    /// Renews two lattices that depend on each other: `renew` is called once
    /// a row with the same row of both.
    #[inline(always)]
    pub(crate) fn sweep_together(
        &mut self,
        other: &mut Self,
        mut renew: impl FnMut(Row<'_>, Row<'_>),
    ) {
        self.begin_sweep();
        other.begin_sweep();
        for k in 0..self.size {
            renew(self.row(k), other.row(k));
        }
        self.end_sweep();
        other.end_sweep();
    }

    /// Saves the two old edge rows that wrap around.
    fn begin_sweep(&mut self) {
        let n = self.size;
        let last_row = self.offset + n - 1;
        if self.offset == 1 {
            self.edge.copy_from_slice(&self.rows[n..2 * n]);
            self.rows.copy_within(last_row * n.., 0);
        } else {
            self.edge.copy_from_slice(&self.rows[last_row * n..][..n]);
            self.rows.copy_within(..n, n * n);
        }
    }

    /// The `k`-th row of the sweep.
    #[inline(always)]
    fn row(&mut self, k: usize) -> Row<'_> {
        let n = self.size;
        let is_last = k == n - 1;
        if self.offset == 1 {
            let (before, from_centre) = self.rows.split_at_mut((k + 1) * n);
            let (centre, after) = from_centre.split_at(n);
            let ahead = if is_last { &self.edge[..] } else { &after[..n] };
            Row { behind: &mut before[k * n..], centre, ahead }
        } else {
            let i = n - 1 - k;
            let (to_centre, after) = self.rows.split_at_mut((i + 1) * n);
            let (before, centre) = to_centre.split_at(i * n);
            let ahead = if is_last { &self.edge[..] } else { &before[(i - 1) * n..] };
            Row { behind: &mut after[..n], centre, ahead }
        }
    }

    fn end_sweep(&mut self) {
        self.offset = 1 - self.offset;
    }
}
