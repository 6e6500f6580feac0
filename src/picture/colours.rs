//! Which colour a potential has: the scale, and the map from it to colours.

use clap::ValueEnum;
use colorous::{CIVIDIS, Color, Gradient, INFERNO, MAGMA, PLASMA, VIRIDIS};

use super::canvas::Colour;

/// A scale is at least so wide, or its labels would have too many digits.
const LEAST_SPAN_MV: f64 = 1e-3;
/// The share of the cells that is left out at each end of a scale, where they would take most
/// of it from all the others.
const OUTLIERS: f64 = 0.005;
/// How many times as wide as the scale of the others that of all has to be for that.
const FLATTENED: f64 = 2.0;

/// Colour maps in which equal steps look equal, for those who do not see all colours too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColourMap {
    // Violet, green, yellow. The help names the maps, and no more.
    #[default]
    Viridis,
    // Black, purple, cream.
    Magma,
    // Black, red, pale yellow.
    Inferno,
    // Blue, pink, yellow.
    Plasma,
    // Blue, grey, yellow.
    Cividis,
}

impl ColourMap {
    /// From the lowest, 0, to the highest, 1.
    pub(crate) fn colour(self, fraction: f64) -> Colour {
        let Color { r, g, b } = self.gradient().eval_continuous(fraction.clamp(0.0, 1.0));
        [r, g, b]
    }

    fn gradient(self) -> Gradient {
        match self {
            Self::Viridis => VIRIDIS,
            Self::Magma => MAGMA,
            Self::Inferno => INFERNO,
            Self::Plasma => PLASMA,
            Self::Cividis => CIVIDIS,
        }
    }
}

/// The potentials at the ends of the colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    low_mv: f64,
    high_mv: f64,
    ends: Ends,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    /// The lowest and the highest potential.
    Extremes,
    /// Those beyond which few cells are.
    Percentiles,
    Given,
}

impl Scale {
    /// From `low_mv` to `high_mv`, which is above it.
    pub(crate) fn given(low_mv: f64, high_mv: f64) -> Self {
        Self { low_mv, high_mv, ends: Ends::Given }
    }

    /// That all cells have a place on, unless a few would flatten the others.
    pub(crate) fn of(spread: Spread) -> Self {
        let Spread { lowest, low, high, highest } = spread;
        if highest - lowest > FLATTENED * (high - low).max(LEAST_SPAN_MV) {
            Self::between(low, high, Ends::Percentiles)
        } else {
            Self::between(lowest, highest, Ends::Extremes)
        }
    }

    fn between(low_mv: f64, high_mv: f64, ends: Ends) -> Self {
        let missing = (LEAST_SPAN_MV - (high_mv - low_mv)).max(0.0);
        Self { low_mv: low_mv - 0.5 * missing, high_mv: high_mv + 0.5 * missing, ends }
    }

    pub(crate) fn low_mv(&self) -> f64 {
        self.low_mv
    }

    pub(crate) fn high_mv(&self) -> f64 {
        self.high_mv
    }

    /// 0 for the low end to 1 for the high one.
    pub(crate) fn fraction(&self, mv: f64) -> f64 {
        (mv - self.low_mv) / (self.high_mv - self.low_mv)
    }

    /// What the legend says where the colours do not end with a field's potentials.
    pub(crate) fn note(&self, field_mv: &[f64]) -> Option<String> {
        let ends = match self.ends {
            Ends::Extremes => return None,
            Ends::Percentiles => "at the 0.5th and 99.5th percentile of the cells",
            Ends::Given => "at the range that was asked for",
        };
        let (lowest, highest) = extremes(field_mv);
        let text = format!("Colours end {ends}; the potential is {lowest:.2} to {highest:.2} mV");
        // A hyphen is too short a minus.
        Some(text.replace(" -", " \u{2212}"))
    }
}

/// How the potentials of one field, or of several, are spread, in millivolts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    lowest: f64,
    /// Below it, and above `high`, are few cells.
    low: f64,
    high: f64,
    highest: f64,
}

impl Spread {
    /// Of a field with at least one cell.
    pub(crate) fn of(field_mv: &[f64]) -> Self {
        let mut sorted = field_mv.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let last = sorted.len() - 1;
        let beyond = (OUTLIERS * last as f64) as usize;
        Self {
            lowest: sorted[0],
            low: sorted[beyond],
            high: sorted[last - beyond],
            highest: sorted[last],
        }
    }

    /// Of this and others together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            lowest: self.lowest.min(other.lowest),
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            highest: self.highest.max(other.highest),
        }
    }
}

fn extremes(field_mv: &[f64]) -> (f64, f64) {
    let lowest = field_mv.iter().copied().fold(f64::INFINITY, f64::min);
    (lowest, field_mv.iter().copied().fold(f64::NEG_INFINITY, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread_of_thousand(highest: f64) -> Spread {
        let mut field: Vec<f64> = (0..1000).map(|k| -70.0 + f64::from(k) * 1e-3).collect();
        field[500] = highest;
        Spread::of(&field)
    }

    #[test]
    fn one_spike_does_not_flatten_all_others() {
        let scale = Scale::of(spread_of_thousand(40.0));
        assert_eq!(scale.ends, Ends::Percentiles);
        assert!(scale.low_mv() > -70.0 && scale.high_mv() < -69.0, "{scale:?}");
        let note = scale.note(&[-70.0, 40.0]);
        insta::assert_snapshot!(note.expect("it is said"), @"Colours end at the 0.5th and 99.5th percentile of the cells; the potential is −70.00 to 40.00 mV");
    }

    #[test]
    fn without_one_the_colours_end_with_the_potentials() {
        let scale = Scale::of(spread_of_thousand(-69.0));
        assert_eq!((scale.low_mv(), scale.high_mv()), (-70.0, -69.0));
        assert_eq!(scale.note(&[-70.0]), None);
    }

    #[test]
    fn a_scale_for_several_fields_has_room_for_each() {
        let both = Spread::of(&[-71.0, -70.5]).and(Spread::of(&[-70.8, -69.9]));
        let scale = Scale::of(both);
        assert_eq!((scale.low_mv(), scale.high_mv()), (-71.0, -69.9));
    }

    #[test]
    fn a_flat_field_is_in_the_middle() {
        let scale = Scale::of(Spread::of(&[-70.0; 16]));
        assert!((scale.fraction(-70.0) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_map_has_colours_up_to_its_ends() {
        for map in ColourMap::value_variants() {
            assert_ne!(map.colour(0.0), map.colour(1.0));
            // What is beyond an end has its colour.
            assert_eq!(map.colour(-3.0), map.colour(0.0));
        }
    }
}
