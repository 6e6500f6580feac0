//! A report for a workflow of GitHub: annotations, which it reads from what a step prints, and a
//! summary of the step.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::Report;
use super::groups::Group;
use crate::check::counted;

/// GitHub shows so many annotations of each kind that a step makes, and no more.
const MAX_ANNOTATIONS: usize = 10;
/// Longest summary of a step, in bytes: GitHub refuses those above 1 MiB.
const MAX_SUMMARY_BYTES: usize = 900 * 1024;

/// A line for each cause of failures: an error where the run failed by it, else a warning.
#[must_use]
pub fn annotations(report: &Report) -> String {
    let report = report.printable();
    let (errors, warnings): (Vec<_>, Vec<_>) =
        report.unexpected().into_iter().partition(Group::fails_the_run);
    let mut text = String::new();
    for (kind, groups) in [("error", errors), ("warning", warnings)] {
        for group in groups.iter().take(MAX_ANNOTATIONS) {
            let (title, message) = (property(&title(group)), data(&message(group)));
            writeln!(text, "::{kind} title={title}::{message}").ok();
        }
    }
    text
}

/// What has a workflow take none of `text`, which may come from the server, for a command.
#[must_use]
pub fn not_obeyed(text: &str) -> String {
    let token = format!("{:032x}", fastrand::u128(..));
    format!("::stop-commands::{token}\n{text}\n::{token}::\n")
}

/// What the run comes to, as HTML on one line: Markdown takes it as it is, whatever a server has
/// written into it.
#[must_use]
pub fn step_summary(report: &Report) -> String {
    let report = report.printable();
    let groups = report.unexpected();
    let mut shown = groups.len();
    loop {
        let page = summary(&report, &groups[..shown]).into_string().replace('\n', "<br>");
        if page.len() <= MAX_SUMMARY_BYTES || shown == 0 {
            return page + "\n";
        }
        shown /= 2;
    }
}

fn summary(report: &Report, groups: &[Group<'_>]) -> Markup {
    html! {
        h2 { "MFN conformance of " (report.target) }
        table {
            tr { th { "profile" } th { "MUST" } th { "judgement" } }
            @for summary in report.summaries() {
                tr {
                    td { (summary.profile.name()) }
                    td { (summary.must.passed) "/" (summary.must.total) }
                    td { (summary) }
                }
            }
        }
        p { (ending(report)) }
        @for group in groups {
            details {
                summary { b { (title(group)) } " " (message(group)) }
                ul { @for record in group.records() { li { code { (record.name) } } } }
            }
        }
    }
}

fn ending(report: &Report) -> String {
    let (suite, spec) = (&report.suite, &report.spec);
    let (tests, (_, ending)) = (counted(report.results.len(), "test"), report.ending());
    format!("{tests}: {ending} (suite {suite}, spec {spec})")
}

fn title(group: &Group<'_>) -> String {
    let name = &group.first.name;
    match group.others.len() {
        0 => name.clone(),
        others => format!("{name} and {others} more"),
    }
}

fn message(group: &Group<'_>) -> String {
    let reason = group.first.outcome.reason.as_deref().unwrap_or_default();
    let shows = group.first.shows.iter().map(|one| format!(" [{}]", one.id));
    format!("{} {reason}{}", group.first.title, shows.collect::<String>())
}

/// The text of a command, as GitHub reads it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
