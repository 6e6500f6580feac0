//! A requirement in a page.

use maud::{Markup, html};

use super::super::Requirement;
use super::super::markdown::{Part, parts};

/// Its id, its level and its text, with a link to its sentence.
pub(super) fn requirement_text(requirement: &Requirement) -> Markup {
    html! {
        p {
            a.id href=(link(requirement)) { (requirement.id) }
            " " span.level { (requirement.level.to_string()) } " "
            @for part in parts(&requirement.text) {
                @match part {
                    Part::Plain(words) => (words),
                    Part::Code(words) => code { (words) },
                    Part::Stressed(words) => em { (words) },
                }
            }
        }
    }
}

/// To the heading above the sentence, and to the id itself where a browser can find words.
fn link(requirement: &Requirement) -> String {
    format!("{}:~:text={}", requirement.link, requirement.id.replace('-', "%2D"))
}
