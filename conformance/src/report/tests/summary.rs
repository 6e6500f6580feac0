//! What runs come to.

use std::collections::BTreeMap;

use super::sample::{record, report};
use crate::case::{Level, Profile};
use crate::report::Report;
use crate::report::summary::{Judgement, Summary};
use crate::verdict::Verdict;

/// A run of one profile, of tests with these levels and verdicts.
fn run(tests: &[(Level, Verdict)]) -> Report {
    report(tests.iter().map(|(level, verdict)| record(Profile::Wire, *level, *verdict)).collect())
}

fn only_summary(report: &Report) -> Summary {
    let [summary] = <[Summary; 1]>::try_from(report.summaries()).expect("there is one profile");
    summary
}

const PASSED: (Level, Verdict) = (Level::Must, Verdict::Pass);

#[test]
fn each_verdict_of_a_must_has_its_judgement_and_its_effect_on_the_run() {
    for (verdict, judgement, fails) in [
        (Verdict::Pass, "conformant", false),
        (Verdict::UnexpectedPass, "conformant", true),
        (Verdict::Fail, "not conformant (1 of 2 MUSTs failed)", true),
        (Verdict::ExpectedFailure, "not conformant (1 of 2 MUSTs failed)", false),
        (Verdict::Error, "not shown (1 of 2 MUSTs gave no result)", true),
        (Verdict::Skip, "not shown (1 of 2 MUSTs did not run)", false),
        (Verdict::NotApplicable, "not shown (1 of 2 MUSTs did not run)", false),
    ] {
        let report = run(&[PASSED, (Level::Must, verdict)]);
        assert_eq!(only_summary(&report).to_string(), judgement, "{verdict:?}");
        assert_eq!(report.failed(), fails, "{verdict:?}");
        assert_eq!(report.warnings(), [""; 0], "{verdict:?}");
    }
}

#[test]
fn a_should_or_may_that_fails_is_a_warning() {
    for (level, warning) in [
        (Level::Should, "2 SHOULDs failed, which fails no run"),
        (Level::May, "2 MAYs failed, which fails no run"),
    ] {
        let report = run(&[PASSED, (level, Verdict::Fail), (level, Verdict::Error)]);
        assert_eq!(only_summary(&report).judgement, Judgement::Conformant);
        assert!(!report.failed());
        assert_eq!(report.warnings(), [warning]);
    }
}

#[test]
fn a_run_fails_by_a_list_of_known_failures_that_is_wrong() {
    let passed = run(&[PASSED, (Level::Should, Verdict::UnexpectedPass)]);
    assert_eq!(passed.faults(), ["1 test passed although listed as failing"]);

    let mut unknown = run(&[PASSED]);
    unknown.known_failing_faults = vec!["line 1: there is no such test".to_owned()];
    assert_eq!(unknown.faults(), ["the list of known failures has 1 fault"]);
}

#[test]
fn a_run_of_nothing_fails() {
    let empty = run(&[]);
    assert_eq!(empty.faults(), ["no test was run"]);
    assert_eq!(empty.summaries(), []);

    let left_out = run(&[(Level::Must, Verdict::Skip), (Level::Must, Verdict::NotApplicable)]);
    assert_eq!(left_out.faults(), ["no test was run"]);
    assert_eq!(only_summary(&left_out).to_string(), "nothing ran");
}

#[test]
fn musts_that_were_not_chosen_are_not_shown() {
    let mut report = run(&[PASSED]);
    report.musts_of_suite = BTreeMap::from([(Profile::Wire, 31)]);
    let summary = only_summary(&report);
    assert_eq!(summary.to_string(), "not shown (30 of 31 MUSTs did not run)");
    assert_eq!((summary.must.passed, summary.must.not_run, summary.must.total), (1, 30, 31));
    assert!(!report.failed());
}

#[test]
fn a_profile_without_a_must_shows_nothing() {
    let summary = only_summary(&run(&[(Level::Should, Verdict::Pass)]));
    assert_eq!(summary.to_string(), "not shown (it has no MUST)");
}

#[test]
fn a_profile_is_judged_by_its_own_tests() {
    let report = report(vec![
        record(Profile::Errors, Level::Must, Verdict::Fail),
        record(Profile::Wire, Level::Must, Verdict::Pass),
    ]);
    let summaries = report.summaries();
    let judgements = summaries.iter().map(|summary| (summary.profile, summary.judgement));
    assert_eq!(
        judgements.collect::<Vec<_>>(),
        [(Profile::Wire, Judgement::Conformant), (Profile::Errors, Judgement::NotConformant),]
    );
}

#[test]
fn counts_have_every_verdict() {
    let counts = run(&[PASSED, PASSED, (Level::Should, Verdict::Skip)]).counts();
    assert_eq!(counts.len(), Verdict::ALL.len());
    assert_eq!(counts[&Verdict::Pass], 2);
    assert_eq!(counts[&Verdict::Skip], 1);
    assert_eq!(counts.values().sum::<usize>(), 3);
}

#[test]
fn a_run_that_shows_nothing_fails_where_conformance_is_required() {
    let mut skipped = run(&[PASSED, (Level::Must, Verdict::Skip)]);
    assert_eq!(skipped.faults(), [""; 0]);
    skipped.requires_conformance = true;
    assert_eq!(skipped.faults(), ["conformance is required, and is not shown in wire"]);

    let mut passed = run(&[PASSED]);
    passed.requires_conformance = true;
    assert!(!passed.failed());
}
