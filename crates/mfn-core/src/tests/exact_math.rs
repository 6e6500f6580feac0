//! The correctly rounded functions against arithmetic of 192 bits.

use astro_float_num::{BigFloat, Consts, RoundingMode};
use proptest::prelude::*;

use crate::exact_math::{Sum8, cos, ln, sin, sum8};

const BITS: usize = 192;
const ROUNDING: RoundingMode = RoundingMode::None;

/// Whether `rounded` is the double nearest to `exact`: between the middles to
/// its neighbours. A tie does not occur, since these functions of doubles are
/// irrational.
fn is_nearest(rounded: f64, exact: &BigFloat) -> bool {
    let big = |x: f64| BigFloat::from_f64(x, BITS);
    let middle = |neighbour: f64| {
        big(rounded).add(&big(neighbour), BITS, ROUNDING).div(&big(2.0), BITS, ROUNDING)
    };
    middle(rounded.next_down()) < *exact && *exact < middle(rounded.next_up())
}

fn constants() -> Consts {
    Consts::new().expect("memory for a few constants")
}

#[test]
fn a_neighbour_is_not_the_nearest() {
    let exact = BigFloat::from_f64(0.3, BITS).ln(BITS, ROUNDING, &mut constants());
    assert!(is_nearest(ln(0.3), &exact));
    assert!(!is_nearest(ln(0.3).next_up(), &exact));
    assert!(!is_nearest(ln(0.3).next_down(), &exact));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    // shows MFN-ARITH-002
    /// The arguments that occur: tail probabilities, box sizes and counts,
    /// structure functions, determinants.
    #[test]
    fn ln_is_correctly_rounded(x in prop_oneof![0.0..0.5, 0.5..2.0, 1.0..2e6], down in 0..=52) {
        let x = x / (1_u64 << down) as f64;
        prop_assume!(x > 0.0 && x != 1.0);
        let exact = BigFloat::from_f64(x, BITS).ln(BITS, ROUNDING, &mut constants());
        prop_assert!(is_nearest(ln(x), &exact), "{x:e}");
    }

    // shows MFN-ARITH-002
    /// The arguments that occur: angles of one turn.
    #[test]
    fn sin_and_cos_are_correctly_rounded(x in 1e-9..6.3) {
        let big = BigFloat::from_f64(x, BITS);
        prop_assert!(is_nearest(sin(x), &big.sin(BITS, ROUNDING, &mut constants())), "{x:e}");
        prop_assert!(is_nearest(cos(x), &big.cos(BITS, ROUNDING, &mut constants())), "{x:e}");
    }
}

proptest! {
    // shows MFN-ARITH-003
    #[test]
    fn a_sum_slice_by_slice_is_that_of_the_whole(
        slices in prop::collection::vec(prop::collection::vec(-1e3..1e3, 0..40), 0..10),
    ) {
        let mut sum = Sum8::default();
        for slice in &slices {
            // The longer of the two slices has something beyond the pairs.
            let longer = [&slice[..], &[7.0]].concat();
            sum.add(slice, &longer, |a, b| (a + 1.0) * b);
        }
        let terms: Vec<f64> = slices.concat().iter().map(|x| (x + 1.0) * x).collect();
        prop_assert_eq!(sum.total().to_bits(), sum8(&terms).to_bits());
    }
}

// shows MFN-ARITH-003
/// 2^53 + 1 rounds to 2^53: the order of additions shows.
#[test]
fn sum8_adds_every_eighth_then_pairs() {
    const BIG: f64 = 9_007_199_254_740_992.0;
    let mut terms = [0.0; 17];
    assert_eq!(sum8(&[]), 0.0);
    (terms[0], terms[8], terms[16]) = (BIG, 1.0, 1.0);
    assert_eq!(sum8(&terms), BIG, "one accumulator takes them one after the other");
    (terms[0], terms[8], terms[16]) = (BIG, 0.0, 0.0);
    (terms[6], terms[7]) = (1.0, 1.0);
    assert_eq!(sum8(&terms), BIG + 2.0, "neighbouring accumulators meet first");
}
