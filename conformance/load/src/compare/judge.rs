//! The figures of a comparison, by name, and what is expected of them.

use super::figure::Figure;
use super::report::{Comparison, Side};
use crate::Failure;
use crate::expect::{self, Expectation, Names, Value};

const RATIO: &str = "ratio.";
const BASELINE: &str = "baseline.";
const SIDES: [&str; 2] = ["a.", "b."];
const ERROR_RATE: &str = "error_rate";

/// All names that a comparison can have.
pub(super) fn names() -> Names {
    let ratios = |prefix: &'static str| {
        Figure::ALL.into_iter().map(move |figure| format!("{prefix}{}", figure.name()))
    };
    let of_side = |side: &'static str| {
        let figures = Figure::ALL.into_iter().map(Figure::name_with_unit);
        figures.chain([ERROR_RATE]).map(move |figure| format!("{side}{figure}"))
    };
    let names = ratios(RATIO)
        .chain(SIDES.into_iter().flat_map(of_side))
        .chain(ratios("baseline."))
        .chain(ratios("baseline.ratio."));
    Names::new(names, &[])
}

/// Whether a figure is one that a baseline is needed for.
pub(super) fn is_of_baseline(name: &str) -> bool {
    name.starts_with(BASELINE)
}

/// Whether a figure needs the CPU time of this side, `a.` or `b.`.
pub(super) fn needs_cpu_of(name: &str, side: &str) -> bool {
    let of_both = name.starts_with(RATIO) || name.starts_with("baseline.ratio.");
    let of_b_alone = name.starts_with(BASELINE) && side == "b.";
    name.contains("cpu") && (of_both || of_b_alone || name.starts_with(side))
}

impl Comparison {
    /// Compares it with what is expected.
    pub(super) fn expect(&mut self, expectations: &[Expectation]) {
        let judged =
            expectations.iter().map(|expected| expected.judge(figure(self, &expected.figure)));
        self.expectations = judged.collect();
        self.failure = self.judge().err().map(|failure| failure.to_string());
    }

    /// Whether the comparison is a success.
    ///
    /// # Errors
    /// An expectation has failed.
    pub fn judge(&self) -> Result<(), Failure> {
        expect::failure(&self.expectations)
    }
}

/// The figure of this name; `None` if it is not known.
fn figure(comparison: &Comparison, name: &str) -> Option<Value> {
    let [a, b] = SIDES;
    if let Some(figure) = name.strip_prefix(a) {
        return of_side(&comparison.a, figure).map(Value::from);
    }
    if let Some(figure) = name.strip_prefix(b) {
        return of_side(&comparison.b, figure).map(Value::from);
    }
    let (ratios, figure) = match name.strip_prefix(BASELINE) {
        None => (&comparison.ratios, name.strip_prefix(RATIO)?),
        Some(figure) => {
            let baseline = comparison.baseline.as_ref()?;
            match figure.strip_prefix(RATIO) {
                None => (&baseline.b, figure),
                Some(figure) => (&baseline.ratios, figure),
            }
        }
    };
    let ratio = ratios.get(figure).copied().flatten()?;
    Some(Value { actual: ratio.ratio, interval_99_9: Some(ratio.interval_99_9) })
}

fn of_side(side: &Side, figure: &str) -> Option<f64> {
    if figure == ERROR_RATE {
        return Some(side.error_rate);
    }
    side.medians.get(figure).copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_of_a_comparison_has_a_name() {
        insta::assert_snapshot!(names().check("cpu_per_call").expect_err("of which"));
    }

    #[test]
    fn what_needs_the_cpu_time_of_a_server_is_known() {
        for (figure, of_a, of_b) in [
            ("ratio.cpu_per_call", true, true),
            ("ratio.p50", false, false),
            ("a.cpu_us_per_call", true, false),
            ("b.cpu_us_per_call", false, true),
            ("baseline.cpu_per_call", false, true),
            ("baseline.ratio.cpu_per_call", true, true),
        ] {
            assert_eq!(SIDES.map(|side| needs_cpu_of(figure, side)), [of_a, of_b], "{figure}");
        }
    }
}
