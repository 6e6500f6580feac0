//! Roots of unity.

use std::f64::consts::FRAC_PI_4;

use crate::exact_math::{cos, sin};

/// A complex number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Complex {
    pub(super) re: f64,
    pub(super) im: f64,
}

/// exp(-2 pi i k / n), for k < n.
///
/// The angle is brought into the first eighth of the circle in integers, so
/// it is rounded where it is smallest, and roots that mirror each other have
/// the same bits: 1, -1, i and -i are exact.
pub(super) fn root_of_unity(k: usize, n: usize) -> Complex {
    // In units of which n make an eighth of the circle.
    let (quarter, rest) = (8 * k / (2 * n), 8 * k % (2 * n));
    let angle = |units: usize| FRAC_PI_4 * units as f64 / n as f64;
    let (c, s) = if rest <= n {
        (cos(angle(rest)), sin(angle(rest)))
    } else {
        (sin(angle(2 * n - rest)), cos(angle(2 * n - rest)))
    };
    match quarter {
        0 => Complex { re: c, im: -s },
        1 => Complex { re: -s, im: -c },
        2 => Complex { re: -c, im: s },
        _ => Complex { re: s, im: c },
    }
}
