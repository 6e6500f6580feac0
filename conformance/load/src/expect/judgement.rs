//! Whether what was expected came.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Expectation, number};
use crate::Failure;

/// An expectation, what came, and whether it is met.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
pub struct Judgement {
    /// What was expected, as in `p99_ms <= 5`.
    pub expectation: String,
    /// The figure; null if this run has none, such as a latency without a call that
    /// succeeded, which fails.
    pub actual: Option<f64>,
    /// The ends of the interval in which the figure lies by 99.9 %; null of a figure
    /// that is a plain count or measurement.
    pub interval_99_9: Option<Interval>,
    /// Whether it is met.
    pub verdict: Verdict,
}

/// Both ends of an interval.
pub(crate) type Interval = [f64; 2];

/// Whether an expectation is met.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The figure is as expected, and where it has an interval all of that is.
    Met,
    /// Part of the interval is as expected and part is not, so that nothing is
    /// shown. It does not fail the run; more rounds make the interval shorter.
    Undecided,
    /// The figure is not as expected, and where it has an interval nothing of that
    /// is.
    Failed,
}

/// A figure as a run came to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Value {
    pub(crate) actual: f64,
    pub(crate) interval_99_9: Option<Interval>,
}

impl From<f64> for Value {
    fn from(actual: f64) -> Self {
        Self { actual, interval_99_9: None }
    }
}

impl Expectation {
    /// Compares it with the figure that came.
    pub(crate) fn judge(&self, value: Option<Value>) -> Judgement {
        let interval_99_9 = value.and_then(|value| value.interval_99_9);
        let verdict = match value {
            Some(Value { interval_99_9: Some(interval), .. }) => self.verdict_of(interval),
            Some(Value { actual, .. }) if self.operator.holds(actual, self.bound) => Verdict::Met,
            Some(_) | None => Verdict::Failed,
        };
        Judgement {
            expectation: self.to_string(),
            actual: value.map(|value| value.actual),
            interval_99_9,
            verdict,
        }
    }

    fn verdict_of(&self, [low, high]: Interval) -> Verdict {
        let holds = |actual| self.operator.holds(actual, self.bound);
        match (holds(low), holds(high)) {
            (true, true) => Verdict::Met,
            (false, false) if !(low..=high).contains(&self.bound) => Verdict::Failed,
            _ => Verdict::Undecided,
        }
    }
}

/// What the judgements come to.
///
/// # Errors
/// One has failed: which, and what came.
pub(crate) fn failure(judgements: &[Judgement]) -> Result<(), Failure> {
    let failed: Vec<_> = judgements
        .iter()
        .filter(|judgement| judgement.verdict == Verdict::Failed)
        .map(|judgement| match judgement.actual {
            Some(actual) => format!("{} ({})", judgement.expectation, number(actual)),
            None => format!("{} (there is no such figure)", judgement.expectation),
        })
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    let (count, all) = (failed.len(), judgements.len());
    Err(Failure::Work(format!("{count} of {all} expectations failed: {}", failed.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(expectation: &str, value: Option<Value>) -> Verdict {
        expectation.parse::<Expectation>().expect("well-formed").judge(value).verdict
    }

    #[test]
    fn a_plain_figure_is_as_expected_or_not() {
        for (expectation, expected) in [
            ("p99_ms <= 5", Verdict::Met),
            ("p99_ms < 5", Verdict::Failed),
            ("p99_ms == 5", Verdict::Met),
            ("p99_ms > 5", Verdict::Failed),
        ] {
            assert_eq!(verdict(expectation, Some(5.0.into())), expected, "{expectation}");
        }
    }

    #[test]
    fn a_figure_that_a_run_does_not_have_fails() {
        let judged = "p99_ms <= 5".parse::<Expectation>().expect("well-formed").judge(None);
        assert_eq!((judged.actual, judged.verdict), (None, Verdict::Failed));
        let Err(Failure::Work(message)) = failure(&[judged]) else { panic!("it has failed") };
        insta::assert_snapshot!(message, @"1 of 1 expectations failed: p99_ms <= 5 (there is no such figure)");
    }

    #[test]
    fn a_ratio_fails_only_if_its_whole_interval_does() {
        let verdict = |expectation, interval_99_9| {
            let actual = 1.03;
            verdict(expectation, Some(Value { actual, interval_99_9: Some(interval_99_9) }))
        };
        for (interval, at_most, at_least, equal) in [
            ([1.021, 1.04], Verdict::Failed, Verdict::Met, Verdict::Failed),
            ([1.01, 1.04], Verdict::Undecided, Verdict::Undecided, Verdict::Undecided),
            ([0.99, 1.019], Verdict::Met, Verdict::Failed, Verdict::Failed),
        ] {
            assert_eq!(verdict("ratio.p50 <= 1.02", interval), at_most, "{interval:?}");
            assert_eq!(verdict("ratio.p50 >= 1.02", interval), at_least, "{interval:?}");
            assert_eq!(verdict("ratio.p50 == 1.02", interval), equal, "{interval:?}");
        }
    }
}
