//! The form for a terminal.

use super::sample::{of_each_verdict, of_too_much, record, report};
use super::written;
use crate::case::{Level, Profile};
use crate::report::Colour;
use crate::report::Report;
use crate::report::printable::TEXT_BYTES_MAX;
use crate::report::table::write;
use crate::verdict::Verdict;

fn plain(report: &Report) -> String {
    written(report, |report, out| write(report, out, Colour::Off))
}

#[test]
fn each_verdict() {
    insta::assert_snapshot!(plain(&of_each_verdict()));
}

#[test]
fn a_run_that_passed() {
    let passed = Profile::ALL.map(|profile| record(profile, Level::Must, Verdict::Pass));
    insta::assert_snapshot!(plain(&report(passed.into())));
}

#[test]
fn a_run_of_nothing() {
    insta::assert_snapshot!(plain(&report(Vec::new())));
}

#[test]
fn colours_change_no_text() {
    let report = of_each_verdict();
    let coloured = written(&report, |report, out| write(report, out, Colour::On));
    assert!(coloured.contains('\u{1b}'));
    let parts = coloured.split('\u{1b}').enumerate().map(|(index, part)| {
        if index == 0 { part } else { part.split_once('m').expect("it sets a colour").1 }
    });
    let without: String = parts.collect();
    let lines =
        |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    assert_eq!(lines(&without), lines(&plain(&report)));
}

#[test]
fn a_server_controls_no_terminal() {
    let text = plain(&of_each_verdict());
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    assert!(!text.contains('\u{202e}'), "{text:?}");
}

#[test]
fn what_is_the_suites_own_is_narrow() {
    let mut records: Vec<_> = Profile::ALL
        .into_iter()
        .flat_map(|profile| Verdict::ALL.map(|verdict| record(profile, Level::Must, verdict)))
        .collect();
    records[0].outcome.reason = Some("word ".repeat(60));
    let mut report = report(records);
    report.musts_of_suite = Profile::ALL.map(|profile| (profile, 123)).into();
    for line in plain(&report).lines() {
        assert!(line.chars().count() < 100, "{line}");
    }
}

#[test]
fn too_much_is_cut() {
    let text = plain(&of_too_much());
    assert!(text.contains("… (cut, 65 lines in all)"), "{text}");
    assert!(text.contains("(cut, 4097 bytes in all)"), "{text}");
    assert!(!text.contains("repeat"), "{text}");
    assert!(text.len() < 2 * TEXT_BYTES_MAX, "{text}");
}
