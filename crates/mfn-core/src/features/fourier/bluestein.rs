//! Transforms of any length as a convolution with a chirp (Bluestein, IEEE
//! Trans. Audio Electroacoust. 18, 1970, 451-455).
//!
//! From 2 j k = j^2 + k^2 - (k - j)^2: with c(k) = exp(-i pi k^2 / n),
//! F(k) = c(k) * sum over j of (x(j) c(j)) * conj(c(k - j)). The sum is a
//! convolution, which two transforms of a power of two make.

use super::lanes::Lanes;
use super::power_of_two::PowerOfTwo;
use super::roots::{Complex, root_of_unity};

pub(crate) struct Bluestein {
    /// c(k) for k < n.
    chirp: Vec<Complex>,
    /// The transform of conj(c), over its length, which the way back needs.
    kernel: Vec<Complex>,
    transform: PowerOfTwo,
    /// The sequences times c, followed by zeros.
    padded: Vec<Lanes>,
}

impl Bluestein {
    #[inline(always)]
    pub(super) fn new(length: usize) -> Self {
        let padded_length = (2 * length - 1).next_power_of_two();
        // k^2 modulo 2 n keeps the angle exact however large k is.
        let turn = 2 * length;
        let chirp: Vec<_> = (0..length).map(|k| root_of_unity(k * k % turn, turn)).collect();
        let mut transform = PowerOfTwo::new(padded_length);
        let mut padded = vec![Lanes::default(); padded_length];
        let kernel = kernel(&chirp, &mut padded, &mut transform);
        Self { chirp, kernel, transform, padded }
    }

    #[inline(always)]
    pub(super) fn forward(&mut self, sequences: &mut [Lanes]) {
        let Self { chirp, kernel, transform, padded } = self;
        padded[sequences.len()..].fill(Lanes::default());
        for ((to, &from), &c) in padded.iter_mut().zip(&*sequences).zip(&*chirp) {
            *to = from * c;
        }
        transform.forward(padded);
        for (value, &factor) in padded.iter_mut().zip(&*kernel) {
            *value = *value * factor;
        }
        transform.forward(padded);
        // A second transform forward is one backward with its result reversed.
        let reversed = padded[..1].iter().chain(padded[1..].iter().rev());
        for ((to, &from), &c) in sequences.iter_mut().zip(reversed).zip(&*chirp) {
            *to = from * c;
        }
    }
}

/// `padded` is working memory, all zero.
#[inline(always)]
fn kernel(chirp: &[Complex], padded: &mut Vec<Lanes>, transform: &mut PowerOfTwo) -> Vec<Complex> {
    let length = padded.len();
    for (k, c) in chirp.iter().enumerate() {
        for place in [k, (length - k) % length] {
            (padded[place].re[0], padded[place].im[0]) = (c.re, -c.im);
        }
    }
    transform.forward(padded);
    let over_length = |x: f64| x / length as f64;
    padded
        .iter()
        .map(|value| Complex { re: over_length(value.re[0]), im: over_length(value.im[0]) })
        .collect()
}
