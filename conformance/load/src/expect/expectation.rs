//! One expectation: a figure, an operator and a number.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Longest expectation, in bytes.
const MAX_BYTES: usize = 200;
/// The letters of operators.
const OPERATOR: [char; 4] = ['<', '>', '=', '!'];

/// What a figure is expected to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expectation {
    /// The figure's name.
    pub(crate) figure: String,
    pub(crate) operator: Operator,
    /// The number that the figure is compared with.
    pub(crate) bound: f64,
}

/// How a figure is compared with a number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Operator {
    AtMost,
    Below,
    AtLeast,
    Above,
    Equal,
}

impl Operator {
    const ALL: [(&'static str, Self); 5] = [
        ("<=", Self::AtMost),
        ("<", Self::Below),
        (">=", Self::AtLeast),
        (">", Self::Above),
        ("==", Self::Equal),
    ];

    /// Whether `actual` compares so with `bound`.
    pub(crate) fn holds(self, actual: f64, bound: f64) -> bool {
        match self {
            Self::AtMost => actual <= bound,
            Self::Below => actual < bound,
            Self::AtLeast => actual >= bound,
            Self::Above => actual > bound,
            #[expect(clippy::float_cmp, reason = "whoever writes == means just that number")]
            Self::Equal => actual == bound,
        }
    }

    fn text(self) -> &'static str {
        Self::ALL.iter().find(|(_, operator)| *operator == self).map_or("", |(text, _)| text)
    }
}

/// An expectation of a load, and one of a comparison.
const EXAMPLES: &str = "such as 'p99_ms <= 5' or, in a comparison, 'ratio.p99 <= 1.1'";

/// Why a text is no expectation.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub(crate) enum NoExpectation {
    #[error("it has {0} bytes, allowed are {MAX_BYTES}")]
    TooLong(usize),
    #[error("it has no operator: write 'FIGURE OPERATOR NUMBER', {EXAMPLES}")]
    NoOperator,
    #[error("it names no figure: write 'FIGURE OPERATOR NUMBER', {EXAMPLES}")]
    NoFigure,
    #[error("'{0}' is no operator: <=, <, >=, > or == is expected")]
    Operator(String),
    #[error("'{0}' is no number: one such as 5, 0.25 or 1e-6 is expected, without a unit")]
    Number(String),
}

/// Only its form: whether there is such a figure, [`Names`](super::Names) knows.
impl FromStr for Expectation {
    type Err = NoExpectation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_BYTES {
            return Err(NoExpectation::TooLong(text.len()));
        }
        let from = text.find(OPERATOR).ok_or(NoExpectation::NoOperator)?;
        let (figure, rest) = text.split_at(from);
        let to = rest.find(|letter| !OPERATOR.contains(&letter)).unwrap_or(rest.len());
        let (operator, number) = rest.split_at(to);
        let figure = figure.trim();
        if figure.is_empty() {
            return Err(NoExpectation::NoFigure);
        }
        let known = Operator::ALL.iter().find(|(text, _)| *text == operator);
        let (_, operator) = known.ok_or_else(|| NoExpectation::Operator(operator.to_owned()))?;
        let bound = number.trim().parse().ok().filter(|bound: &f64| bound.is_finite());
        let bound = bound.ok_or_else(|| NoExpectation::Number(number.trim().to_owned()))?;
        Ok(Self { figure: figure.to_owned(), operator: *operator, bound })
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.figure, self.operator.text(), self.bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expectation_is_a_figure_an_operator_and_a_number() {
        for (text, written) in [
            ("ok_per_second >= 40000", "ok_per_second >= 40000"),
            ("p99_ms<=5", "p99_ms <= 5"),
            ("  error_rate   ==  0 ", "error_rate == 0"),
            ("codes.UNAVAILABLE < 1e3", "codes.UNAVAILABLE < 1000"),
            ("faults.reset:CANCEL > -0.5", "faults.reset:CANCEL > -0.5"),
        ] {
            let expectation: Expectation = text.parse().expect(text);
            assert_eq!(expectation.to_string(), written);
        }
    }

    #[test]
    fn what_is_no_expectation_is_refused_with_what_is_allowed() {
        let long = format!("{} <= 1", "a".repeat(MAX_BYTES));
        let refusals: Vec<_> = [
            "",
            "p99_ms",
            "p99_ms 5",
            "<= 5",
            "p99_ms = 5",
            "p99_ms => 5",
            "p99_ms != 5",
            "p99_ms <",
            "p99_ms <= 5ms",
            "p99_ms <= nan",
            "p99_ms <= inf",
            "p99_ms <= 5 <= 6",
            &long,
        ]
        .iter()
        .map(|text| text.parse::<Expectation>().expect_err(text).to_string())
        .collect();
        insta::assert_snapshot!(refusals.join("\n"));
    }

    #[test]
    fn operators_differ_at_their_bound() {
        let holds = |actual| Operator::ALL.map(|(_, operator)| operator.holds(actual, 5.0));
        assert_eq!(holds(4.0), [true, true, false, false, false]);
        assert_eq!(holds(5.0), [true, false, true, false, true]);
        assert_eq!(holds(6.0), [false, false, true, true, false]);
    }
}
