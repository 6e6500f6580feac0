//! A report for a browser: one page that needs no network, and no script to be
//! read.
//!
//! Every text becomes HTML through `maud`, which escapes it. Were that to fail for
//! a text of the server's, the page's policy would still let no script run but its
//! own, which it names by hash, and nothing be loaded.

mod by_profile;
mod by_requirement;
mod failures;
mod judgements;
mod requirement;
mod verdict;

use std::io;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Report;
use super::duration::duration;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// What the page may do: use its own style, and the script with this hash.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
     script-src 'sha256-pUNQBVjVkKf2pBmVrtZCpc5/HiH3ciWrT9KgtBSkzTE='; base-uri 'none'; form-action 'none'";

/// Writes `report` as one page of HTML.
///
/// # Errors
///
/// When `out` cannot be written to.
pub fn write(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    out.write_all(page(&report.printable()).into_string().as_bytes())
}

fn page(report: &Report) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "MFN conformance of " (report.target) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header(report))
                main {
                    (failures::view(report))
                    (judgements::cards(&report.summaries()))
                    (verdict::counts(report))
                    (controls())
                    (by_profile::view(report))
                    (by_requirement::view(report))
                    p #none hidden role="status" { "No test matches." }
                }
                footer.note { "SHA-256 of the fixtures: " code { (report.fixtures_sha256) } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

fn header(report: &Report) -> Markup {
    let facts = [
        ("Seed", report.seed.to_string()),
        ("Target", report.target.clone()),
        ("Date", report.started_at.clone()),
        ("Duration", duration(report.duration_ms)),
        ("Suite", report.suite.clone()),
        ("Spec", report.spec.clone()),
        ("Fixtures", report.fixtures_id()),
    ];
    html! {
        header {
            div.title {
                h1 { "MFN conformance" }
                button #theme.scripted type="button" { "Dark" }
            }
            dl.facts {
                @for (name, value) in &facts {
                    div { dt { (name) } dd { (value) } }
                }
            }
            (outcome(report))
        }
    }
}

/// Whether the run failed, and all that speaks for and against it.
fn outcome(report: &Report) -> Markup {
    let (judgement, ending) = report.ending();
    let notes = report.warnings().into_iter().map(|warning| ("Warning", warning));
    let listed = report.known_failing_faults.iter().cloned();
    let notes: Vec<_> = notes.chain(listed.map(|fault| ("Known failures", fault))).collect();
    html! {
        section.outcome data-judgement=(judgements::key(judgement)) aria-label="Outcome" {
            p.whole { strong { (sentence(&ending)) } }
            @if !notes.is_empty() {
                ul { @for (kind, note) in &notes { li { b { (kind) ": " } (note) } } }
            }
        }
    }
}

fn controls() -> Markup {
    html! {
        section.controls.scripted aria-label="View" {
            fieldset {
                legend { "Group by" }
                label { input type="radio" name="view" value="profile" checked; "profile" }
                label { input type="radio" name="view" value="requirement"; "requirement" }
            }
            fieldset {
                legend { "Level" }
                @for level in ["MUST", "SHOULD", "MAY"] {
                    label { input type="checkbox" name="level" value=(level); (level) }
                }
            }
            input #search type="search" placeholder="Search tests  ( / )" aria-label="Search tests";
            button #fold type="button" { "Open all" }
        }
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}
