//! The table of what there is.

use crate::attacks::{self, Attack, Form, Stake};

/// All attacks as a table of Markdown.
pub(crate) fn table() -> String {
    let heads =
        "| attack | what an attacker sends | what must come of it | known as |\n|---|---|---|---|";
    let rows = attacks::all(Form::SHORT).iter().map(row).collect::<Vec<_>>();
    [&[heads.to_owned()], &rows[..]].concat().join("\n")
}

fn row(attack: &Attack) -> String {
    let Attack { name, sends, known_as, .. } = attack;
    format!("| {name} | {sends} | {} | {known_as} |", must(attack))
}

/// What must come of it, beside what must of all.
fn must(attack: &Attack) -> String {
    let is_bounded = match attack.stake {
        Stake::Little => None,
        Stake::Sent => Some("little of it is kept"),
        Stake::Asked(_) => Some("no more of it is held than there is memory for"),
    };
    let ends = attack.must_end.then_some("the server ends the connection");
    let displaces = attack.displaces.then_some("who shows no key makes way");
    let all: Vec<_> = [ends, is_bounded, displaces].into_iter().flatten().collect();
    if all.is_empty() { "others are served".to_owned() } else { all.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_the_table() {
        let readme = include_str!("../README.md");
        let table = table();
        assert!(readme.contains(&table), "the README needs what --list prints:\n{table}");
    }
}
