//! The Lyapunov exponent of a random iterated function system of four affine
//! maps (Barnsley, Fractals Everywhere, 1988): `spec/validation.md`.

use std::f64::consts::TAU;

use crate::exact_math::{cos, ln, sin};
use crate::words::{Purpose, Words, below, uniform};

const MAPS: usize = 4;
/// Scale, angle and two offsets. The offsets move points but contract nothing,
/// so their words are not looked at.
const WORDS_A_MAP: usize = 4;
/// Points of the orbit.
const POINTS: usize = 1000;

/// The mean of ln |det| of the map taken, over the orbit: how fast the system
/// contracts areas. Below zero, since scales are below 0.5.
pub(super) fn lyapunov_exponent(seed: i64) -> f64 {
    let mut words = [0; WORDS_A_MAP * MAPS + POINTS];
    Words::new(seed, 0, Purpose::Ifs).fill(0, &mut words);
    let (maps, picks) = words.split_at(WORDS_A_MAP * MAPS);
    let mut ln_determinants = [0.0; MAPS];
    for (ln_determinant, map) in ln_determinants.iter_mut().zip(maps.chunks_exact(WORDS_A_MAP)) {
        *ln_determinant = ln(determinant(map[0], map[1]));
    }
    let ln_picked = |&word| ln_determinants[below(word, MAPS as u64) as usize];
    picks.iter().map(ln_picked).fold(0.0, |sum, x| sum + x) / POINTS as f64
}

/// |det| of a map: a rotation times a scale from 0.2 to 0.5.
fn determinant(scale: u64, angle: u64) -> f64 {
    let scale = 0.2 + 0.3 * uniform(scale);
    let angle = TAU * uniform(angle);
    let (c, q) = (scale * cos(angle), scale * sin(angle));
    (c * c + q * q).abs()
}
