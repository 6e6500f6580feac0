//! The requirements that tests of the run show, each with its tests.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::super::{Record, Report};
use super::by_profile::{anchor, searched};
use super::requirement::requirement_text;
use super::verdict::{badge, key};

/// A section for each requirement, in the order of ids. Its tests are links to
/// those of the other view.
pub(super) fn view(report: &Report) -> Markup {
    let shown = report.results.iter().flat_map(|record| &record.shows);
    let requirements: BTreeMap<_, _> = shown.map(|one| (one.id.as_str(), one)).collect();
    html! {
        div #by-requirement.view {
            h2 { "Requirements" }
            @for (id, requirement) in requirements {
                section.group.requirement id=(id) {
                    (requirement_text(requirement))
                    ul {
                        @for (index, record) in report.results.iter().enumerate() {
                            @if record.shows.iter().any(|shown| shown.id == id) {
                                (link(index, record))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn link(index: usize, record: &Record) -> Markup {
    html! {
        li.test data-verdict=(key(record.outcome.verdict)) data-level=(record.level.to_string())
            data-text=(searched(record))
        {
            (badge(record.outcome.verdict))
            a.name href={ "#" (anchor(index)) } { (record.name) }
        }
    }
}
