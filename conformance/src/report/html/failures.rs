//! What failed, by what it has in common: the first thing that a page shows.

use maud::{Markup, html};

use super::super::Report;
use super::super::groups::Group;
use super::by_profile::{anchor, body};
use super::verdict::badge;
use crate::check::counted;

/// A fold for each cause, with its first test in full and links to the others.
pub(super) fn view(report: &Report) -> Markup {
    let groups = report.unexpected();
    html! {
        @if !groups.is_empty() {
            section.failures aria-labelledby="failures" {
                h2 #failures {
                    "Failures " span.note { (counted(groups.len(), "cause")) }
                }
                @for (place, group) in groups.iter().enumerate() {
                    (cause(report, group, place == 0))
                }
            }
        }
    }
}

fn cause(report: &Report, group: &Group<'_>, is_open: bool) -> Markup {
    let first = group.first;
    let place = |name: &str| report.results.iter().position(|record| record.name == name);
    html! {
        details.failure open[is_open] {
            summary {
                (badge(first.outcome.verdict))
                span.what {
                    span.first { (first.name) }
                    @if let Some(reason) = &first.outcome.reason { span.about { (reason) } }
                }
                span.level { (first.level.to_string()) }
                span.duration { (counted(group.tests(), "test")) }
            }
            (body(first))
            @if !group.others.is_empty() {
                p.others {
                    "Failed alike: "
                    @for record in &group.others {
                        @if let Some(index) = place(&record.name) {
                            a.other href={ "#" (anchor(index)) } { (record.name) } " "
                        }
                    }
                }
            }
        }
    }
}
