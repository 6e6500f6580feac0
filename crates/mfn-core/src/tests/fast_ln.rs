//! The logarithm in vectors against the one that is made number by number, and
//! its bound against arithmetic of 192 bits. `PROPTEST_CASES=100000` makes
//! millions of arguments of them.

use astro_float_num::{BigFloat, Consts, RoundingMode, Sign};
use proptest::prelude::*;

use crate::InstructionSet;
use crate::exact_math::ln;
use crate::fast_ln::{Approximation, approximate, ln_of_each, rounded_bounds};

const BITS: usize = 192;
const ROUNDING: RoundingMode = RoundingMode::None;
const LARGEST: f64 = 0.7;

/// Probabilities of tails as words give them, any double of the range, and
/// those around powers of two and their halves' roots, where mantissa and exponent part.
fn arguments() -> impl Strategy<Value = f64> {
    let of_a_word = any::<u64>().prop_map(|word| ((word >> 12) as f64 + 0.5) * power_of_two(-52));
    let any_double = (f64::MIN_POSITIVE.to_bits()..LARGEST.to_bits()).prop_map(f64::from_bits);
    let centres = prop_oneof![Just(1.0_f64), Just(0.5_f64.sqrt()), Just(std::f64::consts::E)];
    let around = (centres, -40..40_i64, -900..-3_i64).prop_map(|(centre, ulps, exponent)| {
        f64::from_bits(centre.to_bits().wrapping_add_signed(ulps)) * power_of_two(exponent)
    });
    prop_oneof![4 => of_a_word.prop_map(|u| u * 0.075), 2 => any_double, 1 => around]
}

fn power_of_two(exponent: i64) -> f64 {
    f64::from_bits(1.0_f64.to_bits().wrapping_add_signed(exponent << 52))
}

proptest! {
    // shows MFN-ARITH-002, MFN-WORD-008
    #[test]
    fn logarithms_in_vectors_are_those_one_by_one(
        values in prop::collection::vec(arguments(), 0..100),
    ) {
        let expected: Vec<u64> = values.iter().map(|&x| ln(x).to_bits()).collect();
        for set in InstructionSet::available() {
            let mut logarithms = vec![0.0; values.len()];
            set.run(#[inline(always)] || ln_of_each(&values, &mut logarithms));
            let bits: Vec<u64> = logarithms.iter().map(|x| x.to_bits()).collect();
            prop_assert_eq!(&bits, &expected, "{}", set.name());
        }
    }

    #[test]
    fn a_logarithm_is_within_its_bound(x in arguments()) {
        let Approximation { high, rest, error } = approximate(x);
        let big = |x: f64| BigFloat::from_f64(x, BITS);
        let mut constants = Consts::new().expect("memory for a few constants");
        let exact = big(x).ln(BITS, ROUNDING, &mut constants);
        // What rounding `rest` with `error` added to it can do is within the bound too.
        let rounded = |x: f64| BigFloat::from_f64((x.next_up() - x) / 2.0, BITS);
        let mut off = big(high).add(&big(rest), BITS, ROUNDING).sub(&exact, BITS, ROUNDING);
        off.set_sign(Sign::Pos);
        let with_rounding = off.add(&rounded(rest.abs()), BITS, ROUNDING);
        prop_assert!(with_rounding < big(error), "{x:e}: {off} of {error:e}");
    }
}

/// Otherwise most would be computed twice. The bound in the code is of one in 200.
#[test]
fn few_logarithms_are_uncertain() {
    let arguments = (0..100_000).map(|k| 0.075 * (f64::from(k) + 0.5) / 100_000.0);
    let uncertain = arguments.filter(|&x| {
        let (low, high) = rounded_bounds(x);
        low != high
    });
    let count = uncertain.count();
    assert!((1..1000).contains(&count), "{count} of 100000");
}
