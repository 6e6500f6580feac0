//! `spec/words.md`, number by number.

/// A stream of 64-bit words, and the ChaCha20 block that was last looked at.
#[derive(Clone, Debug)]
pub struct Stream {
    seed: i64,
    number: u64,
    block: Option<(u64, [u64; 8])>,
}

impl Stream {
    /// Stream `number` under `seed`.
    #[must_use]
    pub fn new(seed: i64, number: u64) -> Self {
        Self { seed, number, block: None }
    }

    /// Word `k`: eight words are one block.
    pub fn word(&mut self, k: u64) -> u64 {
        let counter = k / 8;
        let block = match self.block {
            Some((number, block)) if number == counter => block,
            _ => chacha20_block(self.seed, counter, self.number),
        };
        self.block = Some((counter, block));
        block[(k % 8) as usize]
    }
}

/// RFC 8439 section 2.3, but with a 64-bit counter and a 64-bit nonce.
fn chacha20_block(seed: i64, counter: u64, stream: u64) -> [u64; 8] {
    let low = |x: u64| x as u32;
    let high = |x: u64| (x >> 32) as u32;
    let key = seed as u64;
    #[rustfmt::skip]
    let start = [
        0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574,
        low(key),    high(key),   0,           0,
        0,           0,           0,           0,
        low(counter), high(counter), low(stream), high(stream),
    ];
    let mut state = start;
    for _ in 0..10 {
        for [a, b, c, d] in [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15]] {
            quarter_round(&mut state, a, b, c, d);
        }
        for [a, b, c, d] in [[0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]] {
            quarter_round(&mut state, a, b, c, d);
        }
    }
    for (word, start) in state.iter_mut().zip(start) {
        *word = word.wrapping_add(start);
    }
    std::array::from_fn(|k| u64::from(state[2 * k]) | u64::from(state[2 * k + 1]) << 32)
}

fn quarter_round(s: &mut [u32; 16], a: usize, b: usize, c: usize, d: usize) {
    s[a] = s[a].wrapping_add(s[b]);
    s[d] = (s[d] ^ s[a]).rotate_left(16);
    s[c] = s[c].wrapping_add(s[d]);
    s[b] = (s[b] ^ s[c]).rotate_left(12);
    s[a] = s[a].wrapping_add(s[b]);
    s[d] = (s[d] ^ s[a]).rotate_left(8);
    s[c] = s[c].wrapping_add(s[d]);
    s[b] = (s[b] ^ s[c]).rotate_left(7);
}

/// In [0, 1).
#[must_use]
pub fn uniform(w: u64) -> f64 {
    (w >> 11) as f64 / 9_007_199_254_740_992.0
}

/// In 0 .. n-1.
#[must_use]
pub fn below(w: u64, n: u64) -> u64 {
    (u128::from(w) * u128::from(n) / (1 << 64)) as u64
}

/// Standard normal.
#[must_use]
pub fn normal(w: u64) -> f64 {
    inv_norm(((w >> 12) as f64 + 0.5) / 4_503_599_627_370_496.0)
}

/// Algorithm AS 241, PPND16.
fn inv_norm(u: f64) -> f64 {
    let q = u - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return (q * polynomial(&A, r)) / polynomial(&B, r);
    }
    let p = if q < 0.0 { u } else { 1.0 - u };
    let r = (-pxfm::f_log(p)).sqrt();
    let v = if r <= 5.0 {
        polynomial(&C, r - 1.6) / polynomial(&D, r - 1.6)
    } else {
        polynomial(&E, r - 5.0) / polynomial(&F, r - 5.0)
    };
    if q < 0.0 { -v } else { v }
}

/// Horner's rule from the highest coefficient down.
fn polynomial(coefficients: &[f64; 8], r: f64) -> f64 {
    let mut x = coefficients[7];
    for k in (0..7).rev() {
        x = x * r + coefficients[k];
    }
    x
}

const A: [f64; 8] = [
    3.387_132_872_796_366_5,
    133.141_667_891_784_38,
    1_971.590_950_306_551_3,
    13_731.693_765_509_46,
    45_921.953_931_549_87,
    67_265.770_927_008_7,
    33_430.575_583_588_13,
    2_509.080_928_730_122_7,
];
const B: [f64; 8] = [
    1.0,
    42.313_330_701_600_91,
    687.187_007_492_057_9,
    5_394.196_021_424_751,
    21_213.794_301_586_597,
    39_307.895_800_092_71,
    28_729.085_735_721_943,
    5_226.495_278_852_854,
];
const C: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    0.241_780_725_177_450_6,
    0.022_723_844_989_269_184,
    0.000_774_545_014_278_341_4,
];
const D: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    0.689_767_334_985_1,
    0.148_103_976_427_480_08,
    0.015_198_666_563_616_457,
    0.000_547_593_808_499_534_5,
    1.050_750_071_644_416_9e-9,
];
const E: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    0.296_560_571_828_504_87,
    0.026_532_189_526_576_124,
    0.001_242_660_947_388_078_4,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const F: [f64; 8] = [
    1.0,
    0.599_832_206_555_888,
    0.136_929_880_922_735_8,
    0.014_875_361_290_850_615,
    0.000_786_869_131_145_613_3,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_7e-15,
];
