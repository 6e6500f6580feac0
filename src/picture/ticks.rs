//! Round numbers for axes.

/// A place on an axis, and what is written there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) label: String,
}

/// Integers times 1, 2 or 5 times a power of ten, within `low..=high`, rising;
/// not more than fit `intervals` between them.
pub(crate) fn ticks(low: f64, high: f64, intervals: usize) -> Vec<Tick> {
    let least_step = (high - low) / intervals as f64;
    let exponent = least_step.log10().floor() as i32;
    let (factor, exponent) = match least_step / 10_f64.powi(exponent) {
        ratio if ratio <= 1.0 => (1.0, exponent),
        ratio if ratio <= 2.0 => (2.0, exponent),
        ratio if ratio <= 5.0 => (5.0, exponent),
        _ => (1.0, exponent + 1),
    };
    let step = factor * 10_f64.powi(exponent);
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    let decimals = usize::try_from(-exponent).unwrap_or(0);
    (first..=last).map(|k| Tick::new(k as f64 * step, decimals)).collect()
}

/// Ticks for a logarithmic axis from `low` to `high`, both above zero: round
/// values, closer where there is room for more, at most `most` of them.
pub(crate) fn log_ticks(low: f64, high: f64, most: usize) -> Vec<Tick> {
    let decades = low.log10().floor() as i32..=high.log10().floor() as i32;
    let within = |every: i32, factors: &'static [f64]| -> Vec<Tick> {
        let powers = decades.clone().filter(move |k| k % every == 0);
        let values = powers.flat_map(|k| factors.iter().map(move |factor| (*factor, k)));
        values
            .filter(|(factor, k)| (low..=high).contains(&(factor * 10_f64.powi(*k))))
            .map(|(factor, k)| Tick::of_power(factor, k))
            .collect()
    };
    let fine = within(1, &[1.0, 2.0, 5.0]);
    if fine.len() < 3 {
        return ticks(low, high, most - 1);
    }
    let coarser = (1..).map(|every| within(every, &[1.0]));
    std::iter::once(fine).chain(coarser).find(|ticks| ticks.len() <= most).unwrap_or_default()
}

impl Tick {
    /// `factor` times 10 to the power of `k`.
    fn of_power(factor: f64, k: i32) -> Self {
        /// Powers that are written out, as 0.001 or 10000.
        const WRITTEN_OUT: std::ops::RangeInclusive<i32> = -3..=4;
        let value = factor * 10_f64.powi(k);
        if WRITTEN_OUT.contains(&k) {
            return Self::new(value, usize::try_from(-k).unwrap_or(0));
        }
        Self { value, label: format!("{factor}e{k}").replace('-', "\u{2212}") }
    }

    fn new(value: f64, decimals: usize) -> Self {
        /// With more decimals than this a label runs into what is beside it.
        const MOST_DECIMALS: usize = 6;
        let label = if decimals <= MOST_DECIMALS {
            format!("{value:.decimals$}")
        } else {
            // As many digits as tell it from its neighbours.
            let digits = decimals as i32 + value.abs().log10().floor() as i32;
            let digits = usize::try_from(digits).unwrap_or(0);
            format!("{value:.digits$e}")
        };
        // A hyphen is too short a minus.
        Self { value, label: label.replace('-', "\u{2212}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, intervals: usize) -> Vec<String> {
        ticks(low, high, intervals).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round_and_within_the_range() {
        assert_eq!(labels(0.0, 63.0, 8), ["0", "10", "20", "30", "40", "50", "60"]);
        assert_eq!(labels(0.0, 3.0, 8), ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5", "3.0"]);
        assert_eq!(labels(-70.6, -68.4, 5), ["−70.5", "−70.0", "−69.5", "−69.0", "−68.5"]);
        assert_eq!(labels(-95.0, 40.0, 8), ["−80", "−60", "−40", "−20", "0", "20", "40"]);
        assert_eq!(labels(-0.0005, 0.0005, 4), ["−0.0005", "0.0000", "0.0005"]);
    }

    fn log_labels(low: f64, high: f64) -> Vec<String> {
        log_ticks(low, high, 7).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn logarithmic_ticks_are_as_close_as_there_is_room() {
        assert_eq!(log_labels(1.8, 36.0), ["2", "5", "10", "20"]);
        assert_eq!(log_labels(0.05, 1200.0), ["0.1", "1", "10", "100", "1000"]);
        assert_eq!(log_labels(2e-9, 30.0), ["1e−8", "1e−6", "1e−4", "0.01", "1"]);
        assert_eq!(log_labels(0.7, 1.4), ["0.8", "1.0", "1.2"]);
    }

    #[test]
    fn labels_stay_short_however_small_the_values() {
        assert_eq!(log_labels(1.5e-29, 1.8e-29).first().map(String::as_str), Some("1.50e−29"));
        for k in 0..=40 {
            for (low, high) in [(1.1, 1.9), (2.0, 8.0), (1.0, 1.01)] {
                let scale = 10_f64.powi(-k);
                for label in log_labels(low * scale, high * scale) {
                    assert!(label.chars().count() <= 9, "{label}");
                }
            }
        }
    }

    #[test]
    fn there_are_a_few_whatever_the_range() {
        for k in 1..2000 {
            let count = ticks(-0.3, f64::from(k) / 7.0, 8).len();
            assert!((2..=9).contains(&count), "{count} ticks up to {k} / 7");
        }
    }
}
