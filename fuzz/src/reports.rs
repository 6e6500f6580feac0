//! The reports of a run, whatever its servers have said.

use std::io;

use conformance::report::table::Detail;
use conformance::report::{Colour, Report, github, html, json, junit, table};
use quick_xml::Reader;
use quick_xml::events::Event;

/// What annotations begin with.
const ANNOTATIONS: [&str; 2] = ["::error title=", "::warning title="];
/// The element of a test.
const TEST: &[u8] = b"testcase";

/// Each is of its format, and shows all that it has.
pub(crate) fn check(report: &Report) {
    let tests = report.results.len();
    assert_visible(&table::text(report, Colour::Off, Detail::Each));
    let annotations = github::annotations(report);
    assert_visible(&annotations);
    check_annotations(&annotations, tests);
    assert_visible(&github::step_summary(report));
    let in_json = written(|out| json::write(report, out));
    serde_json::from_str::<serde_json::Value>(&in_json).expect("JSON");
    let in_xml = written(|out| junit::write(report, out));
    assert_visible(&in_xml);
    check_xml(&in_xml, tests);
    assert_visible(&written(|out| html::write(report, out)));
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes).expect("a vector takes all");
    String::from_utf8(bytes).expect("UTF-8")
}

/// No line begins with what a server has said, which would be a command of its own.
fn check_annotations(text: &str, tests: usize) {
    for line in text.lines() {
        let is_annotation = ANNOTATIONS.iter().any(|start| line.starts_with(start));
        assert!(is_annotation, "a line that is no annotation: {line}");
    }
    assert!(text.lines().count() <= tests, "annotations of nothing: {text}");
}

/// Elements are closed in their order, and as many as there are `tests` are those of tests.
fn check_xml(text: &str, tests: usize) {
    let mut reader = Reader::from_str(text);
    let (mut open, mut found) = (0, 0);
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("no XML: {error} in {text}")) {
            Event::Start(element) => {
                open += 1;
                found += usize::from(element.name().as_ref() == TEST);
            }
            Event::Empty(element) => found += usize::from(element.name().as_ref() == TEST),
            Event::End(_) => open -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open, 0, "elements have no end in {text}");
    assert_eq!(found, tests, "tests in {text}");
}

/// What moves a cursor or turns a line hides something from whoever reads it.
fn assert_visible(text: &str) {
    let hides = |c: &char| match c {
        '\n' | '\t' => false,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        c => c.is_control(),
    };
    assert_eq!(text.chars().find(hides), None, "in {text:?}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle_failures::assert_fails_with;

    #[test]
    fn a_report_with_what_a_server_has_put_into_it_is_refused() {
        assert_visible("a line\tof text\n");
        for c in ['\r', '\u{1b}', '\u{7f}', '\u{9b}', '\u{200f}', '\u{202e}', '\u{2066}'] {
            assert_fails_with(&format!("left: Some({c:?})"), || assert_visible(&format!("a{c}b")));
        }
        check_annotations("::error title=a::b\n::warning title=a::b\n", 2);
        for (told, text) in [
            ("no annotation: b", "::error title=a::\nb"),
            ("no annotation: ::stop-commands", "::stop-commands::a"),
            ("annotations of nothing", "::error title=a::b\n::error title=a::b\n"),
        ] {
            assert_fails_with(told, || check_annotations(text, 1));
        }
        check_xml("<?xml version=\"1.0\"?><a><testcase>&lt;</testcase><testcase/></a>", 2);
        for (told, text) in [
            ("no XML", "<a></b></a>"),
            ("elements have no end", "<a><testcase/>"),
            ("tests in", "<a></a>"),
            ("tests in", "<a><testcase></testcase><testcase/></a>"),
        ] {
            assert_fails_with(told, || check_xml(text, 1));
        }
    }
}
