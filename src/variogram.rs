//! A field's variogram, and whether the Hurst exponent can be read off it.

use mfn_core::Features;
use mfn_core::features::VariogramPoint;

/// Where differences come as near as this to those of cells that know nothing of each other,
/// they grow no more.
const SATURATED: f64 = 0.9;
/// Lags that have to be saturated before the exponent is doubted.
const LAGS: usize = 2;

pub(crate) struct Variogram {
    pub(crate) points: Vec<VariogramPoint>,
    /// The lag from which on it is level, if it becomes so.
    level_from: Option<usize>,
}

impl Variogram {
    /// Of a field of `size` x `size` cells in volts.
    pub(crate) fn of(field_v: &[f64], size: usize, features: &Features) -> Self {
        let points = mfn_core::features::variogram(field_v, size);
        // Power is what the variance is made of, and two cells that know nothing of each other
        // differ by twice the variance, in their mean square.
        let variance_mv2 = features.spectral_energy_mean * (size * size - 1) as f64;
        let level_from = level_from(&points, 2.0 * variance_mv2);
        Self { points, level_from }
    }

    /// What to say of an exponent that is read off it.
    pub(crate) fn warning(&self) -> Option<String> {
        self.level_from.map(|lag| {
            format!(
                "The variogram is saturated from lag {lag} on: the Hurst exponent is the slope over \
                 all lags, and too low for those below."
            )
        })
    }

    /// The same for a picture.
    pub(crate) fn short_warning(&self) -> Option<String> {
        self.level_from.map(|lag| format!("saturated from lag {lag}: exponent too low"))
    }
}

/// The first of the last lags at which nothing grows any more.
fn level_from(points: &[VariogramPoint], sill_mv2: f64) -> Option<usize> {
    let is_level = |point: &&VariogramPoint| point.mean_square_mv2 >= SATURATED * sill_mv2;
    let level = points.iter().rev().take_while(is_level).count();
    (level >= LAGS).then(|| points[points.len() - level].lag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(mean_squares: &[f64]) -> Option<usize> {
        let points: Vec<_> = (0..)
            .zip(mean_squares)
            .map(|(k, &mean_square_mv2)| VariogramPoint { lag: 1 << k, mean_square_mv2 })
            .collect();
        level_from(&points, 2.0)
    }

    #[test]
    fn a_variogram_that_grows_to_its_end_is_not_saturated() {
        assert_eq!(of(&[0.1, 0.4, 1.0, 1.9]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn one_that_becomes_level_is_saturated_from_there_on() {
        assert_eq!(of(&[0.1, 1.0, 1.85, 2.1, 1.9]), Some(4));
        // It falls again: a pattern that repeats itself is not saturated.
        assert_eq!(of(&[0.1, 2.0, 2.2, 1.0]), None);
    }
}
