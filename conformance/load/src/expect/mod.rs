//! What is expected of a run's figures, such as `p99_ms <= 5`.

mod expectation;
mod judgement;
mod names;
mod number;
mod options;
mod text;

pub(super) use expectation::Expectation;
pub(super) use judgement::{Interval, Value, failure};
pub use judgement::{Judgement, Verdict};
pub(super) use names::{Family, Names};
pub(super) use number::number;
pub(super) use options::Expect;
pub(super) use text::write;
