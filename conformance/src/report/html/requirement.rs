//! A requirement in a page.

use maud::{Markup, html};

use super::super::Requirement;

/// Its id, its level and its text, with what stands in backticks as code.
pub(super) fn requirement_text(requirement: &Requirement) -> Markup {
    html! {
        p {
            b.id { (requirement.id) } " " span.level { (requirement.level.to_string()) } " "
            @for (index, part) in requirement.text.split('`').enumerate() {
                @if index % 2 == 0 { (part) } @else { code { (part) } }
            }
        }
    }
}
