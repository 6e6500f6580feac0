//! The form for a CI.

use super::sample::{HOSTILE, of_each_verdict, of_too_much, record, report};
use super::written;
use crate::case::{Level, Profile};
use crate::report::Report;
use crate::report::junit::write;
use crate::verdict::Verdict;

fn xml(report: &Report) -> String {
    written(report, write)
}

#[test]
fn each_verdict() {
    insta::assert_snapshot!(xml(&of_each_verdict()));
}

#[test]
fn a_failure_is_no_error_and_an_error_no_failure() {
    for (verdict, element, counted) in [
        (Verdict::Pass, "", r#"skipped="0" failures="0" errors="0""#),
        (Verdict::Fail, "<failure ", r#"skipped="0" failures="1" errors="0""#),
        (Verdict::UnexpectedPass, "<failure ", r#"skipped="0" failures="1" errors="0""#),
        (Verdict::Error, "<error ", r#"skipped="0" failures="0" errors="1""#),
        (Verdict::Skip, "<skipped ", r#"skipped="1" failures="0" errors="0""#),
        (Verdict::NotApplicable, "<skipped ", r#"skipped="1" failures="0" errors="0""#),
        (Verdict::ExpectedFailure, "<skipped ", r#"skipped="1" failures="0" errors="0""#),
    ] {
        let xml = xml(&report(vec![record(Profile::Wire, Level::Must, verdict)]));
        for one in ["<failure ", "<error ", "<skipped "] {
            assert_eq!(xml.contains(one), one == element, "{verdict:?}: {xml}");
        }
        assert!(xml.contains(&format!(r#"tests="1" {counted}"#)), "{verdict:?}: {xml}");
    }
}

#[test]
fn a_hostile_text_comes_back_whole() {
    let xml = xml(&of_each_verdict());
    assert!(!xml.contains(HOSTILE) && !xml.contains("<img") && !xml.contains("<![CDATA["));
    let allowed = |c: char| matches!(c, '\n' | '\t') || !c.is_control();
    assert!(xml.chars().all(allowed), "{xml:?}");

    let read = quick_junit::Report::deserialize_from_str(&xml).expect("it is JUnit's XML");
    let errors = read.test_suites.iter().find(|suite| suite.name.as_str() == "errors");
    let case = &errors.expect("there is the profile").test_cases[0];
    let quick_junit::TestCaseStatus::NonSuccess { message, .. } = &case.status else {
        panic!("it has not passed: {case:?}");
    };
    let message = message.as_ref().expect("it has a reason").as_str();
    assert_eq!(message, format!("error: The server closed the connection: {HOSTILE}"));
}

#[test]
fn a_date_that_is_none_is_still_among_the_properties() {
    let mut report = of_each_verdict();
    report.started_at = "yesterday".to_owned();
    let xml = xml(&report);
    assert!(!xml.contains("timestamp="), "{xml}");
    assert!(xml.contains(r#"<property name="started-at" value="yesterday"/>"#), "{xml}");
}

#[test]
fn too_much_is_cut() {
    let xml = xml(&of_too_much());
    assert!(xml.contains("… (cut, 65 lines in all)"), "{xml}");
    assert!(xml.contains("… (cut, 4097 bytes in all)"), "{xml}");
    assert!(!xml.contains("repeat"), "{xml}");
}
