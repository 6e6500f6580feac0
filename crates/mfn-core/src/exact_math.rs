//! Functions whose every bit is fixed: `spec/arithmetic.md`.
//!
//! IEEE 754 fixes `+ - * /` and the square root. What it leaves open is here:
//! the correctly rounded logarithm, sine and cosine, and the one order in
//! which a lattice is summed.

/// Natural logarithm, correctly rounded.
#[must_use]
pub fn ln(x: f64) -> f64 {
    pxfm::f_log(x)
}

/// Sine of `x` radians, correctly rounded.
#[must_use]
pub fn sin(x: f64) -> f64 {
    pxfm::f_sin(x)
}

/// Cosine of `x` radians, correctly rounded.
#[must_use]
pub fn cos(x: f64) -> f64 {
    pxfm::f_cos(x)
}

/// `x` held within `[low, high]`.
///
/// Comparisons and a choice, not `f64::clamp`, so that no case is left to the
/// machine. A negative zero or a NaN would pass unchanged; neither occurs.
#[inline(always)]
#[must_use]
pub fn clamp(x: f64, low: f64, high: f64) -> f64 {
    if x < low {
        low
    } else if x > high {
        high
    } else {
        x
    }
}

/// The sum of a lattice: eight interleaved partial sums, then a fixed tree.
///
/// Eight chains of additions are what a vector unit does at once, so the
/// order costs nothing and is the same on a machine without one.
#[inline(always)]
#[must_use]
pub fn sum8(values: &[f64]) -> f64 {
    sum8_of(values, |value| value)
}

/// [`sum8`] of `term(x)` for each `x`, without storing the terms.
#[inline(always)]
#[must_use]
pub fn sum8_of(values: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    let mut acc = [0.0; 8];
    let (chunks, rest) = values.as_chunks::<8>();
    for chunk in chunks {
        for (sum, &value) in acc.iter_mut().zip(chunk) {
            *sum += term(value);
        }
    }
    for (sum, &value) in acc.iter_mut().zip(rest) {
        *sum += term(value);
    }
    total(acc)
}

/// A [`sum8`] to which terms of two values each are added, slice by slice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sum8 {
    /// The accumulators, the one whose turn is next first.
    acc: [f64; 8],
    terms: usize,
}

impl Sum8 {
    /// Adds `term(a, b)` for each pair of both slices.
    #[inline(always)]
    pub(crate) fn add(&mut self, left: &[f64], right: &[f64], term: impl Fn(f64, f64) -> f64) {
        let Self { acc, terms } = self;
        let count = left.len().min(right.len());
        let (left, left_rest) = left[..count].as_chunks::<8>();
        let (right, right_rest) = right[..count].as_chunks::<8>();
        for (left, right) in left.iter().zip(right) {
            for k in 0..8 {
                acc[k] += term(left[k], right[k]);
            }
        }
        for ((sum, &left), &right) in acc.iter_mut().zip(left_rest).zip(right_rest) {
            *sum += term(left, right);
        }
        if !left_rest.is_empty() {
            acc.rotate_left(left_rest.len());
        }
        *terms += count;
    }

    /// The sum.
    pub(crate) fn total(mut self) -> f64 {
        self.acc.rotate_right(self.terms % 8);
        total(self.acc)
    }
}

#[inline(always)]
fn total(acc: [f64; 8]) -> f64 {
    ((acc[0] + acc[1]) + (acc[2] + acc[3])) + ((acc[4] + acc[5]) + (acc[6] + acc[7]))
}
