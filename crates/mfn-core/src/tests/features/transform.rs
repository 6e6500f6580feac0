//! The one-dimensional transform against the plain sum that defines it, of
//! `rustfft`.

use rustfft::algorithm::Dft;
use rustfft::num_complex::Complex;
use rustfft::{Fft as _, FftDirection};

use crate::InstructionSet;
use crate::features::fourier::{LANES, Lanes, Transform};
use crate::words::{Words, uniform};

/// Eight random sequences.
fn sequences(length: usize) -> Vec<Lanes> {
    let mut words = Words::numbered(length as i64, 0);
    let mut draw = |k: usize| 2.0 * uniform(words.at(k as u64)) - 1.0;
    let mut lanes = |first: usize| std::array::from_fn(|l| draw(first + l));
    (0..length)
        .map(|k| Lanes { re: lanes(2 * LANES * k), im: lanes(2 * LANES * k + LANES) })
        .collect()
}

fn lane(sequences: &[Lanes], l: usize) -> Vec<Complex<f64>> {
    sequences.iter().map(|lanes| Complex::new(lanes.re[l], lanes.im[l])).collect()
}

fn lengths() -> impl Iterator<Item = usize> {
    // Then primes, a product of small primes, powers of two and their
    // neighbours.
    (1..=130).chain([251, 256, 509, 512, 1000, 1021, 1023, 1024])
}

// shows MFN-FEAT-006
#[test]
fn agrees_with_the_plain_sum_for_every_kind_of_length() {
    for length in lengths() {
        let mut transformed = sequences(length);
        Transform::new(length).forward(&mut transformed);
        for l in 0..LANES {
            let mut expected = lane(&sequences(length), l);
            Dft::new(length, FftDirection::Forward).process(&mut expected);
            let norm = expected.iter().map(Complex::norm_sqr).sum::<f64>().sqrt();
            for (ours, expected) in lane(&transformed, l).into_iter().zip(expected) {
                assert!((ours - expected).norm() <= 1e-13 * norm, "{length}: {ours} {expected}");
            }
        }
    }
}

// shows MFN-FEAT-010
#[test]
fn has_the_same_bits_on_every_instruction_set() {
    for length in lengths() {
        let bits = InstructionSet::available().into_iter().map(|set| {
            let mut sequences = sequences(length);
            set.run(
                #[inline(always)]
                || Transform::new(length).forward(&mut sequences),
            );
            let bits = |lanes: &Lanes| (lanes.re.map(f64::to_bits), lanes.im.map(f64::to_bits));
            sequences.iter().map(bits).collect::<Vec<_>>()
        });
        let bits: Vec<_> = bits.collect();
        assert!(bits.windows(2).all(|pair| pair[0] == pair[1]), "{length}");
    }
}

/// A second use of the working memory starts from what the first left there.
#[test]
fn can_be_used_again() {
    for length in [8, 12] {
        let mut transform = Transform::new(length);
        let (mut first, mut second) = (sequences(length), sequences(length));
        transform.forward(&mut first);
        transform.forward(&mut second);
        for l in 0..LANES {
            assert_eq!(lane(&first, l), lane(&second, l));
        }
    }
}
