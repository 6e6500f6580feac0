//! The form for a terminal.

use super::sample::{alike, of_each_verdict, of_too_much, record, report, requirement};
use crate::case::{Level, Profile};
use crate::report::Colour;
use crate::report::Report;
use crate::report::printable::TEXT_BYTES_MAX;
use crate::report::table::{Detail, text};
use crate::verdict::Verdict;

fn plain(report: &Report) -> String {
    text(report, Colour::Off, Detail::Grouped)
}

#[test]
fn each_verdict() {
    insta::assert_snapshot!(plain(&of_each_verdict()));
}

#[test]
fn a_run_that_passed() {
    let passed = Profile::all().map(|profile| record(profile, Level::Must, Verdict::Pass));
    insta::assert_snapshot!(plain(&report(passed.collect())));
}

#[test]
fn a_run_of_nothing() {
    insta::assert_snapshot!(plain(&report(Vec::new())));
}

#[test]
fn failures_that_are_alike_are_told_once() {
    let report = alike();
    insta::assert_snapshot!(text(&report, Colour::Off, Detail::Grouped));
    let each = text(&report, Colour::Off, Detail::Each);
    assert_eq!(each.matches("FAIL numeric/").count(), 82);
    assert!(!each.contains("alike"), "{each}");
}

#[test]
fn no_color_holds_at_a_terminal() {
    let wanted =
        |is_terminal, value: Option<&str>| Colour::wanted(is_terminal, value.map(AsRef::as_ref));
    assert_eq!(wanted(true, None), Colour::On);
    assert_eq!(wanted(true, Some("")), Colour::On);
    assert_eq!(wanted(true, Some("1")), Colour::Off);
    assert_eq!(wanted(false, None), Colour::Off);
}

#[test]
fn a_sentence_is_shown_without_marks_and_with_where_it_is() {
    let text = plain(&of_each_verdict());
    assert!(text.contains("MFN-WIRE-004 (MUST), spec/wire.md#defaults-and-ranges\n"), "{text}");
    assert!(text.contains("the table: grid_size 64, steps 64,"), "{text}");
}

#[test]
fn what_is_not_shown_is_named_with_the_reason() {
    let mut left_out = record(Profile::Wire, Level::Must, Verdict::NotApplicable);
    left_out.shows.push(requirement("MFN-WIRE-005", Level::Must));
    let passed = record(Profile::Wire, Level::Must, Verdict::Pass);
    let text = plain(&report(vec![left_out, passed]));
    // The other one was shown by the test that passed.
    assert!(text.contains("not applicable.\n  not shown: MFN-WIRE-005\n"), "{text}");
}

#[test]
fn ids_are_not_broken_at_the_end_of_a_line() {
    let mut left_out = record(Profile::Wire, Level::Must, Verdict::NotApplicable);
    let ids = (100..140).map(|number| format!("MFN-WIRE-{number}")).collect::<Vec<_>>();
    left_out.shows = ids.iter().map(|id| requirement(id, Level::Must)).collect();
    let text = plain(&report(vec![left_out]));
    for id in ids {
        assert!(text.contains(&id), "{id}: {text}");
    }
}

#[test]
fn colours_change_no_text() {
    let report = of_each_verdict();
    let coloured = text(&report, Colour::On, Detail::Grouped);
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
    let mut records: Vec<_> = Profile::all()
        .flat_map(|profile| Verdict::ALL.map(|verdict| record(profile, Level::Must, verdict)))
        .collect();
    records[0].outcome.reason = Some("word ".repeat(60));
    let mut report = report(records);
    report.musts_of_suite = Profile::all().map(|profile| (profile, 123)).collect();
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

#[test]
fn a_run_that_shows_nothing_has_not_passed() {
    let verdicts = [Verdict::Pass, Verdict::Skip];
    let report = report(verdicts.map(|one| record(Profile::Auth, Level::Must, one)).into());
    let text = text(&report, Colour::On, Detail::Grouped);
    let last = text.lines().last().expect("there is one");
    insta::assert_snapshot!(last.escape_debug());
}
