//! Verdicts in a page: always a sign and a word, never a colour alone.

use maud::{Markup, html};

use super::super::Report;
use crate::check::counted;
use crate::verdict::Verdict;

/// What the style and the script know a verdict by.
pub(super) fn key(verdict: Verdict) -> String {
    verdict.name().replace(' ', "-")
}

/// Its sign and name.
pub(super) fn badge(verdict: Verdict) -> Markup {
    html! {
        span.badge data-verdict=(key(verdict)) {
            span.sign aria-hidden="true" { (sign(verdict)) }
            (verdict.name())
        }
    }
}

/// How often each was given: as a bar, and as filters.
pub(super) fn counts(report: &Report) -> Markup {
    let counts = report.counts();
    let given: Vec<_> = Verdict::ALL
        .into_iter()
        .map(|verdict| (verdict, counts[&verdict]))
        .filter(|(_, times)| *times > 0)
        .collect();
    html! {
        section.verdicts aria-labelledby="verdicts" {
            h2 #verdicts { (counted(report.results.len(), "test")) }
            div.bar aria-hidden="true" {
                @for (verdict, times) in &given {
                    span data-verdict=(key(*verdict)) style={ "flex-grow:" (times) } {}
                }
            }
            fieldset.filters {
                legend.spoken { "Show only tests with these verdicts" }
                @for (verdict, times) in &given {
                    label.filter data-verdict=(key(*verdict)) {
                        input.scripted type="checkbox" name="verdict" value=(key(*verdict));
                        span.sign aria-hidden="true" { (sign(*verdict)) }
                        b { (times) } " " (verdict.name())
                    }
                }
            }
        }
    }
}

fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Fail => "✕",
        Verdict::Error => "!",
        Verdict::UnexpectedPass => "?",
        Verdict::ExpectedFailure => "≈",
        Verdict::Skip => "»",
        Verdict::NotApplicable => "–",
    }
}
