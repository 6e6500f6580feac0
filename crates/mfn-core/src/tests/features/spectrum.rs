//! The power spectrum.

use std::f64::consts::TAU;

use proptest::prelude::*;

use super::close;
use super::equivalence::simulated_fields;
use crate::features::PowerSpectrum;
use crate::{Features, Statistics, exact_math, reference};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    // shows MFN-FEAT-006
    /// Parseval's theorem.
    #[test]
    fn powers_add_up_to_the_variance((field_v, size) in simulated_fields(4..=130)) {
        let std_mv = Statistics::of(&field_v).std_mv;
        let mean = Features::of(&field_v, size).spectral_energy_mean;
        let sum = mean * (size * size - 1) as f64;
        prop_assert!(close(sum, std_mv * std_mv), "{} {}", sum, std_mv * std_mv);
    }

    /// The mean of all P(k) with |k| nearest to each wavenumber.
    #[test]
    fn radial_means((field_v, size) in simulated_fields(4..=60)) {
        let field_mv: Vec<f64> = field_v.iter().map(|v| 1000.0 * v).collect();
        let power = reference::power(&field_mv, size);
        let variance: f64 = power[1..].iter().sum();
        let distance = |k: usize| k.min(size - k) as f64;
        let wavenumber = |c: usize| {
            let (k, l) = (distance(c / size), distance(c % size));
            (k * k + l * l).sqrt().round() as usize
        };
        let radial = PowerSpectrum::of(&field_v, size).radial();
        prop_assert_eq!(radial.len(), size / 2);
        for (q, shell) in (1..).zip(radial) {
            let of_shell: Vec<f64> =
                (0..size * size).filter(|&c| wavenumber(c) == q).map(|c| power[c]).collect();
            let mean = of_shell.iter().sum::<f64>() / of_shell.len() as f64;
            prop_assert_eq!(shell.wavenumber, q);
            // As exact as the field allows: a small P(k) is what is left where
            // large terms cancel.
            let tolerance = 1e-9 * mean + 1e-24 * variance;
            prop_assert!((shell.power_mv2 - mean).abs() <= tolerance, "{:?} {}", shell, mean);
        }
    }
}

/// A wave of amplitude A along the rows is A/2 at two opposite wave vectors,
/// whether the lattice is a power of two wide or a prime.
#[test]
fn a_wave_has_all_its_power_at_its_wavenumber() {
    for size in [32, 37, 1021, 1024] {
        let wave_v =
            |c: usize| 0.002 * exact_math::cos(TAU * (3 * (c % size)) as f64 / size as f64);
        let field_v: Vec<f64> = (0..size * size).map(wave_v).collect();
        let spectrum = PowerSpectrum::of(&field_v, size);
        // A = 2 mV: two values of 1 mV^2 among all.
        let count = (size * size - 1) as f64;
        let (mean, std) = spectrum.mean_and_std();
        assert!(close(mean, 2.0 / count), "{size}: {mean}");
        assert!(close(std, (2.0 / count - mean * mean).sqrt()), "{size}: {std}");
        // 16 wave vectors are 2.5 to 3.5 long.
        for shell in spectrum.radial() {
            let expected = if shell.wavenumber == 3 { 2.0 / 16.0 } else { 0.0 };
            assert!((shell.power_mv2 - expected).abs() < 1e-12, "{size}: {shell:?}");
        }
    }
}
