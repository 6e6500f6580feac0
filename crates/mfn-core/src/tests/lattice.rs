//! The rows of a lattice, in their order and lifted.

use proptest::prelude::*;

use crate::InstructionSet;
use crate::lattice::Lattice;
use crate::lifted::LiftedRow;

/// A lattice in which each cell has a number of its own.
fn numbered(size: usize, set: InstructionSet) -> (Lattice, Vec<f64>) {
    let cells: Vec<f64> = (0..size * size).map(|cell| cell as f64).collect();
    let mut lattice = Lattice::new(size, set);
    lattice.cells_mut().copy_from_slice(&cells);
    (lattice, cells)
}

#[test]
fn a_row_is_cut_into_a_piece_for_each_lane() {
    let mut lifted = [0.0; 8];
    LiftedRow::new(8, 2).lift(&mut [0., 1., 2., 3., 4., 5., 6., 7.], &mut lifted);
    assert_eq!(lifted, [0., 4., 1., 5., 2., 6., 3., 7.]);
}

#[test]
fn what_follows_the_last_cell_is_the_first() {
    let row = LiftedRow::new(6, 4);
    let mut lifted = [0.0; 8];
    row.lift(&mut [10., 11., 12., 13., 14., 15., 0., 0.], &mut lifted);
    assert_eq!(lifted, [10., 12., 14., 10., 11., 13., 15., 10.]);
    assert_eq!(row.repeated_place(), Some(3));
    assert_eq!(row.place_of_last(), 6);
}

#[test]
fn whole_vectors_need_no_padding() {
    for (cells, lanes) in [(4, 1), (7, 1), (16, 8), (64, 4), (6, 2)] {
        let row = LiftedRow::new(cells, lanes);
        assert_eq!((row.len(), row.repeated_place()), (cells, None));
    }
}

proptest! {
    /// Two sweeps that renew nothing go one way and back.
    #[test]
    fn cells_come_out_as_they_were_put_in(size in 4..70_usize, sweeps in 0..3_u32) {
        for set in InstructionSet::available() {
            let (mut lattice, cells) = numbered(size, set);
            for _ in 0..sweeps {
                keep(&mut lattice);
            }
            prop_assert_eq!(lattice.cells_mut(), &cells[..], "{}", set.name());
        }
    }

    #[test]
    fn a_cell_can_be_changed_between_sweeps(
        (size, row, column) in (4..40_usize).prop_flat_map(|size| (Just(size), 0..size, 0..size)),
        sweeps in 0..3_u32,
    ) {
        for set in InstructionSet::available() {
            let (mut lattice, mut cells) = numbered(size, set);
            for _ in 0..sweeps {
                keep(&mut lattice);
            }
            prop_assert_eq!(lattice.add(row, column, 0.5), cells[row * size + column] + 0.5);
            cells[row * size + column] += 0.5;
            prop_assert_eq!(lattice.cells_mut(), &cells[..], "{}", set.name());
        }
    }
}

/// A sweep that leaves every cell as it is.
fn keep(lattice: &mut Lattice) {
    lattice.begin_sweep();
    for k in 0..lattice.size() {
        let block = lattice.block::<1>(k);
        block.behind.copy_from_slice(block.rows[0]);
    }
    lattice.end_sweep();
}
