//! A card for each profile.

use maud::{Markup, html};

use super::super::summary::{Judgement, Summary, Tally};

/// The cards, in the order of profiles.
pub(super) fn cards(summaries: &[Summary]) -> Markup {
    html! {
        section aria-labelledby="profiles" {
            h2 #profiles { "Profiles" }
            ul.cards { @for summary in summaries { li { (card(summary)) } } }
        }
    }
}

fn card(summary: &Summary) -> Markup {
    let judgement = summary.judgement;
    html! {
        a.card href={ "#profile-" (summary.profile.name()) } data-judgement=(key(judgement)) {
            span.profile { (summary.profile.name()) }
            span.judgement {
                span.sign aria-hidden="true" { (sign(judgement)) }
                (judgement.name())
            }
            @if summary.must.total > 0 {
                (meter(summary.must))
            }
            span.why { (summary.because().unwrap_or_else(|| shown(summary))) }
            span.tallies {
                @for (level, tally) in
                    [("MUST", summary.must), ("SHOULD", summary.should), ("MAY", summary.may)]
                {
                    @if tally.total > 0 { span { (level) " " (passed(tally)) } }
                }
            }
        }
    }
}

/// The MUSTs as a bar.
fn meter(must: Tally) -> Markup {
    let parts =
        [("passed", must.passed), ("failed", must.failed + must.errors), ("open", must.not_run)];
    html! {
        span.meter aria-hidden="true" {
            @for (name, times) in parts.into_iter().filter(|(_, times)| *times > 0) {
                span class=(name) style={ "flex-grow:" (times) } {}
            }
        }
    }
}

/// What a judgement without a reason rests on.
fn shown(summary: &Summary) -> String {
    match summary.judgement {
        Judgement::NothingRan => "none of its tests was run".to_owned(),
        _ => "every MUST ran and passed".to_owned(),
    }
}

fn passed(tally: Tally) -> String {
    format!("{}/{}", tally.passed, tally.total)
}

pub(super) fn key(judgement: Judgement) -> String {
    judgement.name().replace(' ', "-")
}

fn sign(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Conformant => "✓",
        Judgement::NotConformant => "✕",
        Judgement::NotShown => "?",
        Judgement::NothingRan => "–",
    }
}
