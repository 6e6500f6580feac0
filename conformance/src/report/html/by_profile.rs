//! The tests by profile, each with all that is known about it.

use maud::{Markup, html};

use super::super::duration::duration;
use super::super::summary::Summary;
use super::super::{Record, Report};
use super::requirement::requirement_text;
use super::verdict::{badge, key};
use crate::verdict::Evidence;

/// A section for each profile.
pub(super) fn view(report: &Report) -> Markup {
    html! {
        div #by-profile.view {
            @for summary in report.summaries() {
                section.group id={ "profile-" (summary.profile.name()) } {
                    (heading(&summary))
                    @for (index, record) in report.results.iter().enumerate() {
                        @if record.profile == summary.profile { (test(index, record)) }
                    }
                }
            }
        }
    }
}

/// What a test is linked by.
pub(super) fn anchor(index: usize) -> String {
    format!("test-{index}")
}

/// What filters look at, in small letters.
pub(super) fn searched(record: &Record) -> String {
    let mut text = format!("{} {}", record.name, record.title);
    for requirement in &record.shows {
        text.push(' ');
        text.push_str(&requirement.id);
    }
    if let Some(reason) = &record.outcome.reason {
        text.push(' ');
        text.push_str(reason);
    }
    text.to_lowercase()
}

fn heading(summary: &Summary) -> Markup {
    html! {
        h2 { (summary.profile.name()) " " span.note { (summary) } }
    }
}

fn test(index: usize, record: &Record) -> Markup {
    let verdict = key(record.outcome.verdict);
    html! {
        details.test id=(anchor(index)) data-verdict=(verdict) data-level=(record.level.to_string())
            data-text=(searched(record))
        {
            summary {
                (badge(record.outcome.verdict))
                span.what {
                    span.name { (record.name) }
                    span.about { (record.title) }
                }
                span.level { (record.level.to_string()) }
                span.duration { (duration(record.duration_ms)) }
            }
            (body(record))
        }
    }
}

/// Why a test came to what it did, with all that there is to see of it.
pub(super) fn body(record: &Record) -> Markup {
    html! {
        div.body {
            @if let Some(reason) = &record.outcome.reason { p.reason { (reason) } }
            @if let Some(evidence) = &record.outcome.evidence { (shown(evidence)) }
            @for requirement in &record.shows { blockquote { (requirement_text(requirement)) } }
        }
    }
}

fn shown(evidence: &Evidence) -> Markup {
    html! {
        div.evidence {
            @for (name, lines) in evidence.parts() {
                figure class=(name.replace(' ', "-")) {
                    figcaption { (name) }
                    // To be scrolled by keyboard too.
                    pre tabindex="0" { (lines.join("\n")) }
                }
            }
        }
        @for command in &evidence.repeat {
            figure.repeat {
                figcaption {
                    "repeat"
                    button.copy.scripted type="button" { "Copy" }
                }
                pre tabindex="0" { code { (command) } }
            }
        }
    }
}
