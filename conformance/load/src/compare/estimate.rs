//! A ratio and how sure it is, from the rounds.
//!
//! The rounds' logarithms are averaged without the tenth that is lowest and the
//! tenth that is highest (a trimmed mean): a round in which something else took a
//! core says little. How far that may be from the truth is found by a bootstrap: as
//! many rounds are drawn with repetition from those that were measured, and their
//! mean's distance from the mean of all is counted in its own standard errors (the
//! symmetric bootstrap-t of Hall, 1988; the standard error of a trimmed mean is that
//! of Tukey and `McLaughlin`, 1963). The plain percentile bootstrap would give
//! intervals that are too short: of those of 99.9 %, with 20 rounds, 3 to 4 in a
//! thousand miss.
//!
//! The draws are those of one seed, so that the same rounds have the same interval.

use fastrand::Rng;
use schemars::JsonSchema;
use serde::Serialize;

use crate::expect::Interval;

/// What of the rounds is left out at each end.
const TRIMMED: f64 = 0.1;
/// Draws: so many that ten of them are beyond the interval of 99.9 %.
const DRAWS: usize = 10_000;
const SEED: u64 = 1;
const LEVELS: [f64; 2] = [0.95, 0.999];

/// A ratio, with the intervals that it lies in.
#[derive(Clone, Copy, Debug, JsonSchema, PartialEq, Serialize)]
pub struct Ratio {
    /// The best guess.
    pub ratio: f64,
    /// In which the ratio lies with a probability of 95 %.
    pub interval_95: Interval,
    /// In which the ratio lies with a probability of 99.9 %.
    pub interval_99_9: Interval,
}

/// The ratio whose logarithm `logarithms` are measurements of; `None` without any.
pub(super) fn paired(logarithms: &[f64]) -> Option<Ratio> {
    bootstrap(&[logarithms], DRAWS)
}

/// The ratio of what `logarithms` are measurements of to what `to` are, where the two
/// were not measured together; `None` if one of them is empty.
pub(super) fn unpaired(logarithms: &[f64], to: &[f64]) -> Option<Ratio> {
    bootstrap(&[logarithms, to], DRAWS)
}

/// The first sample's mean, less that of the second one if there are two.
fn bootstrap(samples: &[&[f64]], draws: usize) -> Option<Ratio> {
    if samples.iter().any(|sample| sample.is_empty()) {
        return None;
    }
    let mut rng = Rng::with_seed(SEED);
    let mut drawn: Vec<Vec<f64>> = samples.iter().map(|sample| sample.to_vec()).collect();
    let Mean { center, error } = difference(&mut drawn);
    let mut distances = Vec::with_capacity(draws);
    for _ in 0..draws {
        for (sample, drawn) in samples.iter().zip(&mut drawn) {
            drawn.fill_with(|| sample[rng.usize(..sample.len())]);
        }
        let of_draw = difference(&mut drawn);
        // A draw of one round over and over has no error, and says nothing.
        if of_draw.error > 0.0 {
            distances.push((of_draw.center - center).abs() / of_draw.error);
        }
    }
    distances.sort_by(f64::total_cmp);
    let [interval_95, interval_99_9] = LEVELS.map(|level| {
        let last = distances.len().saturating_sub(1) as f64;
        let within = distances.get((level * last).ceil() as usize);
        // Where all rounds are the same there is nothing to be unsure of.
        let half = within.map_or(0.0, |within| within * error);
        [(center - half).exp(), (center + half).exp()]
    });
    Some(Ratio { ratio: center.exp(), interval_95, interval_99_9 })
}

/// A mean and its standard error.
struct Mean {
    center: f64,
    error: f64,
}

fn difference(samples: &mut [Vec<f64>]) -> Mean {
    let mut means = samples.iter_mut().map(|sample| trimmed_mean(sample));
    let mut all = means.next().unwrap_or(Mean { center: 0.0, error: 0.0 });
    for mean in means {
        all.center -= mean.center;
        all.error = all.error.hypot(mean.error);
    }
    all
}

/// Sorts `sample`, which is not empty.
fn trimmed_mean(sample: &mut [f64]) -> Mean {
    sample.sort_unstable_by(f64::total_cmp);
    let all = sample.len() as f64;
    let trimmed = (TRIMMED * all) as usize;
    let kept = &sample[trimmed..sample.len() - trimmed];
    let count = kept.len() as f64;
    let center = kept.iter().sum::<f64>() / count;
    // The sample with what is trimmed moved in to the ends of what is kept.
    let winsorized = |sum: &dyn Fn(f64) -> f64| {
        let ends = sum(kept[0]) + sum(kept[kept.len() - 1]);
        kept.iter().map(|value| sum(*value)).sum::<f64>() + trimmed as f64 * ends
    };
    let mean = winsorized(&|value| value) / all;
    let squares = winsorized(&|value| (value - mean).powi(2));
    Mean { center, error: (squares / (count * (count - 1.0))).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Differences that a machine had, in per cent.
    const ROUNDS: [f64; 20] = [
        4.1, 5.3, 6.0, 4.8, 5.1, 30.0, 4.4, 5.7, 5.0, 6.6, 3.9, 5.2, 4.9, 5.5, -20.0, 4.6, 5.4,
        5.8, 4.7, 5.0,
    ];

    fn logarithms() -> Vec<f64> {
        ROUNDS.map(|per_cent: f64| (per_cent / 100.0).ln_1p()).to_vec()
    }

    #[test]
    fn the_interval_of_fixed_rounds_is_known() {
        let Ratio { ratio, interval_95, interval_99_9 } =
            paired(&logarithms()).expect("there are some");
        let text = format!("{ratio:.4}, 95 %: {interval_95:.4?}, 99.9 %: {interval_99_9:.4?}");
        insta::assert_snapshot!(text);
        assert_eq!(paired(&logarithms()), paired(&logarithms()));
    }

    #[test]
    fn a_round_that_something_else_disturbed_moves_nothing() {
        let mut worse = logarithms();
        worse[5] = 3.0;
        assert_eq!(
            paired(&worse).map(|ratio| ratio.ratio),
            paired(&logarithms()).map(|ratio| ratio.ratio)
        );
    }

    #[test]
    fn samples_of_different_times_are_compared_without_pairs() {
        let twice: Vec<f64> = logarithms().iter().map(|log| log + 2.0_f64.ln()).collect();
        let ratio = unpaired(&twice, &logarithms()).expect("there are some");
        assert!((ratio.ratio - 2.0).abs() < 1e-9, "{ratio:?}");
        let [low, high] = ratio.interval_99_9;
        assert!(low < 2.0 && 2.0 < high && high - low < 0.2, "{ratio:?}");
        let [narrower_low, narrower_high] = ratio.interval_95;
        assert!(low < narrower_low && narrower_high < high, "{ratio:?}");
    }

    #[test]
    fn what_never_varies_has_an_interval_of_a_point() {
        let ratio = paired(&[0.0; 8]).expect("there are some");
        assert_eq!(ratio, Ratio { ratio: 1.0, interval_95: [1.0; 2], interval_99_9: [1.0; 2] });
        assert_eq!(paired(&[]), None);
    }

    /// Of intervals that are drawn from a known distribution, as many miss as are
    /// meant to.
    #[test]
    fn intervals_miss_about_as_often_as_they_say() {
        const TRIALS: usize = 400;
        const FEW_DRAWS: usize = 400;
        let mut rng = Rng::with_seed(2);
        let missed = (0..TRIALS).filter(|_| {
            // Nearly normal, with a mean of 0.
            let mut value = || (0..12).map(|_| rng.f64() - 0.5).sum::<f64>();
            let sample: Vec<f64> = (0..20).map(|_| value()).collect();
            let [low, high] = bootstrap(&[&sample], FEW_DRAWS).expect("there are some").interval_95;
            !(low..=high).contains(&1.0)
        });
        let missed = missed.count();
        assert!((8..=36).contains(&missed), "{missed} of {TRIALS}, and 20 are meant to");
    }
}
