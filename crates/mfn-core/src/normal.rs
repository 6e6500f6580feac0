//! Normally distributed numbers by inversion: `spec/words.md`.
//!
//! The inverse of the normal distribution function is Wichura's AS 241,
//! PPND16 (Applied Statistics 37, 1988, 477-484), whose operations and
//! coefficients are part of the contract.

use std::mem;

use crate::InstructionSet;
use crate::chacha::CHUNK;
use crate::exact_math::ln;
use crate::fast_ln::ln_of_each;
use crate::words::Words;

/// Numbers that the widest vector holds.
const VECTOR: usize = 8;

/// One rational function of AS 241: numerator and denominator by rising power.
struct Rational {
    numerator: [f64; 8],
    denominator: [f64; 8],
}

/// |u - 1/2| <= 0.425, in r = 0.425^2 - (u - 1/2)^2: A and B of the paper.
const CENTRE: Rational = Rational {
    numerator: [
        3.387_132_872_796_366_5,
        133.141_667_891_784_38,
        1_971.590_950_306_551_3,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_7,
    ],
    denominator: [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_854,
    ],
};

/// Beyond the centre up to sqrt(-ln p) = 5, in sqrt(-ln p) - 1.6: C and D.
const TAIL: Rational = Rational {
    numerator: [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_184,
        0.000_774_545_014_278_341_4,
    ],
    denominator: [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        0.000_547_593_808_499_534_5,
        1.050_750_071_644_416_9e-9,
    ],
};

/// Beyond sqrt(-ln p) = 5, in sqrt(-ln p) - 5: E and F.
const FAR_TAIL: Rational = Rational {
    numerator: [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        0.001_242_660_947_388_078_4,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    denominator: [
        1.0,
        0.599_832_206_555_888,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        0.000_786_869_131_145_613_3,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_7e-15,
    ],
};

/// Half-width in u of the centre region.
const CENTRE_HALF_WIDTH: f64 = 0.425;
/// 0.425^2 to the digits of the paper.
const CENTRE_R: f64 = 0.180_625;
/// sqrt(-ln p) where the far tail begins.
const FAR_TAIL_START: f64 = 5.0;

/// A standard normal number from one word.
#[must_use]
pub fn normal(word: u64) -> f64 {
    let u = open_unit(word);
    let q = u - 0.5;
    if is_tail(q) { tail(u) } else { centre(q) }
}

/// Makes each cell anew, by `renewed`, from what it is and the standard normal number of
/// its word: `first` for the first cell, and so on.
#[inline(always)]
pub(crate) fn renew(
    set: InstructionSet,
    words: &Words,
    first: u64,
    cells: &mut [f64],
    renewed: impl Fn(f64, f64) -> f64,
) {
    set.run(
        #[inline(always)]
        || {
            let (mut chunk, mut normals) = ([0; CHUNK], [0.0; CHUNK]);
            let (mut next, mut rest) = (first, cells);
            while !rest.is_empty() {
                let words = words.chunk(next, &mut chunk);
                let count = rest.len().min(words.len());
                let skipped = CHUNK - words.len();
                fill(&chunk, skipped + count, &mut normals);
                let (cells, after) = mem::take(&mut rest).split_at_mut(count);
                for (cell, &normal) in cells.iter_mut().zip(&normals[skipped..]) {
                    *cell = renewed(*cell, normal);
                }
                (next, rest) = (next + count as u64, after);
            }
        },
    );
}

/// The normal numbers of the first `count` words: the formula of the centre for all of
/// them, then that of the tails for the 15 % where the other does not hold.
#[inline(always)]
fn fill(words: &[u64; CHUNK], count: usize, normals: &mut [f64; CHUNK]) {
    // Numbers beyond `count`, which nobody looks at, cost less than a rest of cells that
    // fills no vector.
    let count = count.next_multiple_of(VECTOR).min(CHUNK);
    let (words, normals) = (&words[..count], &mut normals[..count]);
    for (normal, &word) in normals.iter_mut().zip(words) {
        *normal = centre(open_unit(word) - 0.5);
    }
    let mut tails = [0; CHUNK];
    let tail_count = find_tails(words, &mut tails);
    let padded_count = tail_count.next_multiple_of(VECTOR).min(CHUNK);
    let (mut probabilities, mut roots) = ([0.0; CHUNK], [0.0; CHUNK]);
    let (probabilities, roots) = (&mut probabilities[..padded_count], &mut roots[..padded_count]);
    for (probability, &k) in probabilities.iter_mut().zip(&tails) {
        *probability = tail_probability(open_unit(words[k]));
    }
    ln_of_each(probabilities, roots);
    // The probabilities are needed no more, so the values take their place.
    for (root, value) in roots.iter_mut().zip(&mut *probabilities) {
        *root = (-*root).sqrt();
        *value = near_tail(*root);
    }
    for ((&root, &near), &k) in roots.iter().zip(&*probabilities).zip(&tails[..tail_count]) {
        let value = if root <= FAR_TAIL_START { near } else { far_tail(root) };
        normals[k] = on_its_side(open_unit(words[k]), value);
    }
}

/// Lists the words whose normal numbers are in the tails; how many there are.
#[inline(always)]
fn find_tails(words: &[u64], tails: &mut [usize; CHUNK]) -> usize {
    let mut count = 0;
    for (n, words) in words.chunks(64).enumerate() {
        // A bit for each word is made in vectors, and those that are set are few.
        let mut bits = 0_u64;
        for (k, &word) in words.iter().enumerate() {
            bits |= u64::from(is_tail(open_unit(word) - 0.5)) << k;
        }
        while bits != 0 {
            tails[count] = 64 * n + bits.trailing_zeros() as usize;
            count += 1;
            bits &= bits - 1;
        }
    }
    count
}

/// ((word >> 12) + 0.5) / 2^52: exact, and strictly inside (0, 1).
#[inline(always)]
fn open_unit(word: u64) -> f64 {
    // 52 bits under the exponent of 2^52 are that integer plus 2^52: a
    // conversion that every vector unit has.
    const TWO_POW_52: f64 = (1_u64 << 52) as f64;
    let integer = f64::from_bits((word >> 12) | TWO_POW_52.to_bits()) - TWO_POW_52;
    (integer + 0.5) * (1.0 / TWO_POW_52)
}

#[inline(always)]
fn is_tail(q: f64) -> bool {
    q.abs() > CENTRE_HALF_WIDTH
}

#[inline(always)]
fn centre(q: f64) -> f64 {
    let r = CENTRE_R - q * q;
    (q * horner(&CENTRE.numerator, r)) / horner(&CENTRE.denominator, r)
}

#[inline(always)]
fn tail(u: f64) -> f64 {
    let root = (-ln(tail_probability(u))).sqrt();
    let value = if root <= FAR_TAIL_START { near_tail(root) } else { far_tail(root) };
    on_its_side(u, value)
}

/// The probability of the tail that u is in.
#[inline(always)]
fn tail_probability(u: f64) -> f64 {
    if u - 0.5 < 0.0 { u } else { 1.0 - u }
}

#[inline(always)]
fn near_tail(root: f64) -> f64 {
    let r = root - 1.6;
    horner(&TAIL.numerator, r) / horner(&TAIL.denominator, r)
}

#[inline(always)]
fn far_tail(root: f64) -> f64 {
    let r = root - FAR_TAIL_START;
    horner(&FAR_TAIL.numerator, r) / horner(&FAR_TAIL.denominator, r)
}

/// What is below the middle is negative.
#[inline(always)]
fn on_its_side(u: f64, value: f64) -> f64 {
    if u - 0.5 < 0.0 { -value } else { value }
}

#[inline(always)]
fn horner(coefficients: &[f64; 8], r: f64) -> f64 {
    coefficients.iter().rev().skip(1).fold(coefficients[7], |x, c| x * r + c)
}
