//! Eight complex numbers side by side, one of each sequence.

use std::array::from_fn;
use std::ops::{Add, Mul, Sub};

use super::roots::Complex;

/// Sequences that are transformed side by side: as many doubles as the widest
/// vector register holds.
pub(crate) const LANES: usize = 8;

/// Element k of eight complex sequences. Aligned like a cache line, so that
/// no vector straddles two.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
pub(crate) struct Lanes {
    /// Real parts.
    pub(crate) re: [f64; LANES],
    /// Imaginary parts.
    pub(crate) im: [f64; LANES],
}

impl Lanes {
    /// Each times -i.
    #[inline(always)]
    pub(super) fn times_minus_i(self) -> Self {
        Self { re: self.im, im: self.re.map(|re| -re) }
    }
}

impl Add for Lanes {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self {
            re: from_fn(|l| self.re[l] + other.re[l]),
            im: from_fn(|l| self.im[l] + other.im[l]),
        }
    }
}

impl Sub for Lanes {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self {
            re: from_fn(|l| self.re[l] - other.re[l]),
            im: from_fn(|l| self.im[l] - other.im[l]),
        }
    }
}

/// Each times the same factor.
impl Mul<Complex> for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, Complex { re, im }: Complex) -> Self {
        Self {
            re: from_fn(|l| self.re[l] * re - self.im[l] * im),
            im: from_fn(|l| self.re[l] * im + self.im[l] * re),
        }
    }
}
