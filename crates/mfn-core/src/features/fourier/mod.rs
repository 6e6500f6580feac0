//! Discrete Fourier transforms of any length, with one answer on every
//! machine: IEEE operations in a fixed order on roots of unity from correctly
//! rounded sines and cosines.
//!
//! Eight sequences are transformed side by side, so that all arithmetic is on
//! whole vectors whatever the length.

mod bluestein;
mod lanes;
mod power_of_two;
mod roots;

use bluestein::Bluestein;
pub(crate) use lanes::{LANES, Lanes};
use power_of_two::PowerOfTwo;

/// The transform of one length: roots of unity and working memory.
pub(crate) enum Transform {
    PowerOfTwo(PowerOfTwo),
    Bluestein(Bluestein),
}

impl Transform {
    /// For sequences of `length` elements, at least one.
    #[inline(always)]
    pub(crate) fn new(length: usize) -> Self {
        if length.is_power_of_two() {
            Self::PowerOfTwo(PowerOfTwo::new(length))
        } else {
            Self::Bluestein(Bluestein::new(length))
        }
    }

    /// In each of the eight sequences, F(k) = sum over j of
    /// x(j) exp(-2 pi i j k / length), not normalised, takes the place of x.
    #[inline(always)]
    pub(crate) fn forward(&mut self, sequences: &mut Vec<Lanes>) {
        match self {
            Self::PowerOfTwo(transform) => transform.forward(sequences),
            Self::Bluestein(transform) => transform.forward(sequences),
        }
    }
}
