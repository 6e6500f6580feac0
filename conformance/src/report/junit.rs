//! A report as the XML of `JUnit`, which shows it in a CI: a suite for each profile.
//!
//! `JUnit` knows four results. What is known to fail is *skipped* with its reason,
//! like what did not run; what passed although it is known to fail is a *failure*.
//! An *error* is only what gave no result. The type of a failure begins with its
//! level, since it has no word for a warning.

use std::io;
use std::time::Duration;

use quick_junit::{
    NonSuccessKind, Property, Report as Document, TestCase, TestCaseStatus, TestSuite,
};

use super::colour::Colour;
use super::summary::Summary;
use super::{Record, Report};
use crate::verdict::Verdict;

/// Writes `report` as an XML document.
///
/// # Errors
///
/// When `out` cannot be written to.
pub fn write(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    let report = report.printable();
    let mut document = Document::new("mfn-conformance");
    // A text that is no date is left out; among the properties it stays.
    document.timestamp = report.started_at.parse().ok();
    document.set_time(Duration::from_millis(report.duration_ms));
    document.add_test_suites(report.summaries().iter().map(|summary| suite(&report, summary)));
    document.serialize(out).map_err(io::Error::other)
}

fn suite(report: &Report, summary: &Summary) -> TestSuite {
    let mut suite = TestSuite::new(summary.profile.name());
    let properties = [
        ("suite-version", &report.suite),
        ("spec-version", &report.spec),
        ("fixtures-sha256", &report.fixtures_sha256),
        ("target", &report.target),
        ("started-at", &report.started_at),
        ("judgement", &summary.to_string()),
    ];
    suite.add_properties(properties.map(|(name, value)| Property::new(name, value.as_str())));
    let records = report.results.iter().filter(|record| record.profile == summary.profile);
    let duration_ms = records.clone().map(|record| record.duration_ms).sum();
    suite.set_time(Duration::from_millis(duration_ms));
    suite.add_test_cases(records.map(test_case));
    suite
}

fn test_case(record: &Record) -> TestCase {
    let mut case = TestCase::new(record.case.as_str(), status(record));
    case.set_classname(record.profile.name());
    case.set_time(Duration::from_millis(record.duration_ms));
    case
}

fn status(record: &Record) -> TestCaseStatus {
    let verdict = record.outcome.verdict;
    let mut status = match verdict {
        Verdict::Pass => return TestCaseStatus::success(),
        Verdict::Fail | Verdict::UnexpectedPass => {
            TestCaseStatus::non_success(NonSuccessKind::Failure)
        }
        Verdict::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
        Verdict::Skip | Verdict::NotApplicable | Verdict::ExpectedFailure => {
            TestCaseStatus::skipped()
        }
    };
    let reason = record.outcome.reason.as_deref().unwrap_or(&record.title);
    status.set_message(format!("{}: {reason}", verdict.name()));
    if verdict.fails_the_run() {
        status.set_type(format!("{} {}", record.level, verdict.name()));
        status.set_description(record.in_full(Colour::Off));
    }
    status
}
