//! Why a box dimension is 0, which is no dimension of any pattern.

use mfn_core::features::{box_counts, box_sizes};
use mfn_core::mask::Mask;

/// What to say of the dimension of a field in volts, if it is 0.
pub(crate) fn note(field_v: &[f64], size: usize) -> Option<String> {
    let mask = Mask::active(field_v, size);
    let is_zero = mfn_core::features::box_dimension(&mask) == 0.0;
    is_zero.then(|| format!("The fractal dimension is 0: {}.", why(&mask, "above the mean")))
}

/// Why the dimension of a pattern is 0, whose cells are those that are `chosen`.
pub(crate) fn why(pattern: &Mask, chosen: &str) -> String {
    let counts = box_counts(pattern);
    let size = pattern.size();
    match (box_sizes(size).len(), counts.len()) {
        (_, 0) => format!("no cell is {chosen}"),
        (1, _) => format!(
            "it is the slope over several sizes of boxes, and {size} x {size} cells have boxes of \
             2 x 2 alone"
        ),
        (_, 1) => format!("no box but the smallest holds a cell that is {chosen}"),
        _ => format!(
            "as many boxes of each size hold a cell that is {chosen}, {} of them",
            counts[0].count
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(size: usize, active: &[usize]) -> String {
        let mut field = vec![0.0; size * size];
        for &cell in active {
            field[cell] = 1.0;
        }
        why(&Mask::above(&field, size, 0.5), "above 0.5")
    }

    #[test]
    fn each_reason_is_told_from_the_others() {
        insta::assert_snapshot!(of(64, &[]), @"no cell is above 0.5");
        insta::assert_snapshot!(of(4, &[0, 3, 12]), @"it is the slope over several sizes of boxes, and 4 x 4 cells have boxes of 2 x 2 alone");
        insta::assert_snapshot!(of(64, &[0]), @"as many boxes of each size hold a cell that is above 0.5, 1 of them");
    }

    #[test]
    fn a_dimension_that_is_not_0_needs_no_reason() {
        let field: Vec<f64> = (0..64 * 64).map(|c| f64::from(c % 3)).collect();
        assert_eq!(note(&field, 64), None);
        assert!(note(&[-0.07; 64], 8).is_some_and(|note| note.ends_with("above the mean.")));
    }
}
