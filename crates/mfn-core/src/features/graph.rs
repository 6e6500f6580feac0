//! Active cells as the nodes of a graph: `spec/features.md`.

use crate::InstructionSet;
use crate::mask::Mask;

/// What there is in the graph of the active cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Graph {
    /// Cells, active or not.
    cells: u32,
    /// Active cells.
    pub(crate) nodes: u32,
    /// Pairs of active cells that are right or down neighbours.
    edges: u32,
    /// For every active cell, the pairs of active cells among its eight
    /// neighbours.
    pairs: u32,
    /// Those pairs that are among each other's eight neighbours themselves.
    closed_pairs: u32,
}

impl Graph {
    pub(crate) fn of(mask: &Mask, set: InstructionSet) -> Self {
        let cells = (mask.size() * mask.size()) as u32;
        let mut graph = Self { cells, ..Self::default() };
        let width = mask.size() + 2;
        set.run(
            #[inline(always)]
            || {
                let rows = with_margins(mask);
                for i in 0..mask.size() {
                    graph.add_row([0, 1, 2].map(|k| &rows[(i + k) * width..][..width]));
                }
            },
        );
        graph
    }

    /// Density of the graph of right and down neighbours (Wasserman and Faust,
    /// Social Network Analysis, 1994): its edges over those it has when all
    /// cells are active, 2 N^2.
    pub(crate) fn edge_density(self) -> f64 {
        f64::from(self.edges) / f64::from(2 * self.cells)
    }

    /// Transitivity of the graph of eight neighbours (Newman, Watts and
    /// Strogatz, PNAS 99, 2002, 2566-2572): closed pairs over pairs. 0 where
    /// there is no pair.
    pub(crate) fn clustering_coefficient(self) -> f64 {
        if self.pairs == 0 { 0.0 } else { f64::from(self.closed_pairs) / f64::from(self.pairs) }
    }

    /// Adds what the cells of the middle row contribute.
    ///
    /// Two neighbours of a cell are at most two cells apart, and two cells
    /// apart are not neighbours by going round the lattice either, as it is at
    /// least four cells wide. So the pairs are the same at every cell.
    #[inline(always)]
    fn add_row(&mut self, rows: [&[u8]; 3]) {
        let size = rows[0].len() - 2;
        let [[nw, n, ne], [w, here, e], [sw, s, se]] =
            rows.map(|row| [0, 1, 2].map(|k| &row[k..][..size]));
        for j in 0..size {
            let (nw, n, ne, w, e) = (nw[j], n[j], ne[j], w[j], e[j]);
            let (sw, s, se) = (sw[j], s[j], se[j]);
            let degree = (nw + n + ne) + (w + e) + (sw + s + se);
            let pairs = (degree * degree - degree) / 2;
            let at_corners = (nw & n) + (n & ne) + (ne & e) + (e & se);
            let at_corners = at_corners + (se & s) + (s & sw) + (sw & w) + (w & nw);
            let across = (n & e) + (e & s) + (s & w) + (w & n);
            let here = here[j];
            self.nodes += u32::from(here);
            self.edges += u32::from(here & e) + u32::from(here & s);
            self.pairs += u32::from(here * pairs);
            self.closed_pairs += u32::from(here * (at_corners + across));
        }
    }
}

/// The flags, with the last row and column before the first and the first
/// after the last.
#[inline(always)]
fn with_margins(mask: &Mask) -> Vec<u8> {
    let (size, cells) = (mask.size(), mask.flags());
    let mut flags = Vec::with_capacity((size + 2) * (size + 2));
    for i in (size - 1..size).chain(0..size).chain(0..1) {
        let row = &cells[i * size..][..size];
        flags.push(row[size - 1]);
        flags.extend_from_slice(row);
        flags.push(row[0]);
    }
    flags
}
