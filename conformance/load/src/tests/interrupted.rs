//! What is said of a load that somebody ended early.

use std::time::Duration;

use super::text::{record, report};
use crate::Failure;
use crate::call::Answer;
use crate::expect::Expectation;
use crate::outcome::Ending;
use crate::report::Report;
use crate::tally::Tally;

fn one_success(ending: Ending) -> Report {
    let mut tally = Tally::default();
    record(&mut tally, Ok(Answer::default()), Duration::ZERO, Duration::from_millis(1));
    report(Some(100.0), tally, ending)
}

#[test]
fn a_gate_that_is_interrupted_has_no_verdict() {
    let expected: Expectation = "error_rate == 0".parse().expect("well-formed");
    let expected = [expected];
    let mut whole = one_success(Ending::Complete);
    assert_eq!(whole.judge_against(&expected, None), Ok(()));
    assert_eq!(whole.expectations.len(), 1);

    let mut part = one_success(Ending::Interrupted);
    let failure = part.judge_against(&expected, None).expect_err("it is a part");
    assert_eq!(failure, Failure::CouldNotRun("it was interrupted".to_owned()));
    assert_eq!(failure.exit_code(), 2);
    assert!(part.expectations.is_empty(), "{part}");
    let mut nothing_came = report(None, Tally::default(), Ending::Interrupted);
    assert_eq!(nothing_came.judge_against(&expected, None), Err(failure.clone()));
    let mut no_errors_allowed = one_success(Ending::Interrupted);
    assert_eq!(no_errors_allowed.judge_against(&[], Some(0.0)), Err(failure));
}

#[test]
fn an_interrupted_load_of_which_nothing_is_expected_succeeds() {
    assert_eq!(one_success(Ending::Interrupted).judge_against(&[], None), Ok(()));
}
