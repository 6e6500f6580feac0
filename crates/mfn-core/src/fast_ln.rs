//! The correctly rounded logarithm of many numbers, in vectors.
//!
//! The logarithm is computed a little more precisely than a double can tell, with a
//! bound on its error. Where both ends of the interval that this gives round to
//! one double, that is the correctly rounded logarithm: Ziv's test (ACM
//! Trans. Math. Softw. 17, 1991, 410-423). About one number in 200 is left to [`ln`].
//!
//! With x = 2^e m, sqrt(1/2) <= m < sqrt(2), and s = (m - 1) / (m + 1), which is within
//! 0.1716: ln x = e ln 2 + 2 s + (2/3 s^3 + 2/5 s^5 + ...).

use crate::exact_math::ln;

/// The bits of sqrt(1/2).
const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
const ONE: u64 = 1.0_f64.to_bits();
const MANTISSA: u64 = (1 << MANTISSA_BITS) - 1;
const MANTISSA_BITS: u32 = f64::MANTISSA_DIGITS - 1;
/// What a double's exponent is stored as more than it is.
const EXPONENT_BIAS: f64 = 1023.0;
/// Without these bits, a double has 26 digits, and products of two such are exact.
const LOWER_HALF: u64 = (1 << 27) - 1;

/// ln 2 to 42 digits after the point, so that its product with an exponent is exact.
const LN_2_HIGH: f64 = 0.693_147_180_559_890_3;
/// What is missing in [`LN_2_HIGH`].
const LN_2_LOW: f64 = 5.497_923_018_708_371e-14;

/// 2/3, 2/5, ... 2/23. The terms that are left out are below 2^-67.
const COEFFICIENTS: [f64; 11] = [
    2.0 / 3.0,
    2.0 / 5.0,
    2.0 / 7.0,
    2.0 / 9.0,
    2.0 / 11.0,
    2.0 / 13.0,
    2.0 / 15.0,
    2.0 / 17.0,
    2.0 / 19.0,
    2.0 / 21.0,
    2.0 / 23.0,
];

/// Errors that do not depend on the terms of the series, together below 1.3 * 2^-61:
/// s is followed by its own error r with the terms 2 r + 2 r s^2 of the series' derivative,
/// and since r < 2^-53.9 what is left out is below 2^-63; what is smaller than
/// e ln 2 + 2 s is below 2^-8, so the last sum rounds by at most 2^-62, and so does
/// adding this bound. All other roundings are below 2^-67.
const ERROR: f64 = 1.0 / (1_u64 << 60) as f64;
/// Errors relative to the terms of the series from s^3 on: s^2, s^3, the rounded
/// coefficients, and the last product and sum of Horner's rule contribute at most 5 * 2^-53 together.
const RELATIVE_ERROR: f64 = 1.0 / (1_u64 << 50) as f64;

/// Writes the correctly rounded logarithm of each of `values` to its place in `logarithms`.
///
/// Each value must be a normal double of at most 0.7. For another one the result is
/// unspecified, but those of its neighbours are right.
#[expect(clippy::float_cmp, reason = "one double, to the last bit")]
#[inline(always)]
pub(crate) fn ln_of_each(values: &[f64], logarithms: &mut [f64]) {
    for (&x, logarithm) in values.iter().zip(&mut *logarithms) {
        let (low, high) = rounded_bounds(x);
        *logarithm = if low == high { low } else { f64::NAN };
    }
    for (&x, logarithm) in values.iter().zip(logarithms) {
        if logarithm.is_nan() {
            *logarithm = ln(x);
        }
    }
}

/// The ends, rounded, of an interval that holds ln x.
#[inline(always)]
pub(crate) fn rounded_bounds(x: f64) -> (f64, f64) {
    let Approximation { high, rest, error } = approximate(x);
    (high + (rest - error), high + (rest + error))
}

/// high + rest, which differs from a logarithm by less than `error`, also when `rest - error`
/// and `rest + error` are rounded.
pub(crate) struct Approximation {
    pub(crate) high: f64,
    pub(crate) rest: f64,
    pub(crate) error: f64,
}

#[inline(always)]
pub(crate) fn approximate(x: f64) -> Approximation {
    let (e, m) = exponent_and_mantissa(x);
    // m - 1 is exact, and m + 1 is denominator + denominator_low.
    let numerator = m - 1.0;
    let denominator = upper_half(m + 1.0);
    let denominator_low = m - (denominator - 1.0);
    let inverse = 1.0 / (m + 1.0);
    let s = numerator * inverse;
    // The remainder numerator - s (m + 1), by parts whose products are exact but for the last.
    let s_high = upper_half(s);
    let remainder = numerator - s_high * denominator;
    let remainder = remainder - (s - s_high) * denominator - s * denominator_low;
    let s_error = remainder * inverse;

    let square = s * s;
    let series = square * s * horner(square);
    // Exactly e ln 2 + 2 s = high + low, since the first is the larger one.
    let (larger, smaller) = (e * LN_2_HIGH, 2.0 * s);
    let high = larger + smaller;
    let low = smaller - (high - larger);
    let rest = series + (low + e * LN_2_LOW + 2.0 * s_error * (1.0 + square));
    Approximation { high, rest, error: ERROR + RELATIVE_ERROR * series.abs() }
}

/// x = 2^e m, with m from sqrt(1/2) to sqrt(2).
#[inline(always)]
fn exponent_and_mantissa(x: f64) -> (f64, f64) {
    // As a double's last bits, a whole number is one under the exponent of 2^52: a conversion
    // that every vector unit has.
    const TWO_POW_52: f64 = (1_u64 << MANTISSA_BITS) as f64;
    let moved = x.to_bits().wrapping_add(ONE - SQRT_HALF);
    let m = f64::from_bits((moved & MANTISSA) + SQRT_HALF);
    let stored = f64::from_bits(moved >> MANTISSA_BITS | TWO_POW_52.to_bits()) - TWO_POW_52;
    (stored - EXPONENT_BIAS, m)
}

#[inline(always)]
fn upper_half(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & !LOWER_HALF)
}

#[inline(always)]
fn horner(x: f64) -> f64 {
    let [lower @ .., highest] = COEFFICIENTS;
    lower.iter().rev().fold(highest, |sum, c| sum * x + c)
}
