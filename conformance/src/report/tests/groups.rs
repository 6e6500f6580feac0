//! Failures that have something in common.

use super::sample::{alike, record, report};
use crate::case::{Level, Profile};
use crate::report::groups::Group;
use crate::verdict::{Evidence, Verdict};

#[test]
fn numbers_do_not_tell_causes_apart() {
    let report = alike();
    let groups = report.groups();
    assert_eq!(groups.iter().map(Group::tests).collect::<Vec<_>>(), [81, 1]);
    assert_eq!(groups[0].first.name, "numeric/defaults/0");
    assert!(groups.iter().all(Group::fails_the_run));
}

#[test]
fn an_unexpected_code_is_one_cause_whatever_was_expected() {
    let failure = |expected: &str, actual: &str| {
        let mut record = record(Profile::Errors, Level::Must, Verdict::Fail);
        let (expected, actual) = (vec![expected.to_owned()], vec![actual.to_owned()]);
        record.outcome.evidence = Some(Evidence { expected, actual, ..Evidence::default() });
        record
    };
    let report = report(vec![
        failure("code OK", "code RESOURCE_EXHAUSTED: call 17"),
        failure("code INVALID_ARGUMENT", "code RESOURCE_EXHAUSTED: call 18"),
        failure("code OK", "code RESOURCE_EXHAUSTED (QUEUE_FULL): call 19"),
        failure("a message", "none"),
        failure("details", "none"),
    ]);
    let counts: Vec<_> = report.groups().iter().map(Group::tests).collect();
    assert_eq!(counts, [2, 1, 1, 1]);
}

#[test]
fn what_passed_or_was_not_run_is_in_no_group() {
    let all = Verdict::ALL.map(|verdict| record(Profile::Wire, Level::May, verdict));
    let report = report(all.into());
    let groups = report.groups();
    let verdicts: Vec<_> = groups.iter().map(|group| group.first.outcome.verdict).collect();
    let told = [Verdict::Fail, Verdict::Error, Verdict::UnexpectedPass, Verdict::ExpectedFailure];
    assert_eq!(verdicts, told);
    // A list of known failures that is wrong fails a run at any level.
    let failing: Vec<_> = groups.iter().map(Group::fails_the_run).collect();
    assert_eq!(failing, [false, false, true, false]);
}
