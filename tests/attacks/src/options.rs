//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::attacks::{self, Form};

/// Attack servers on this machine, with an honest client beside.
#[derive(Clone, Debug, Parser)]
#[command(name = "attacks", version)]
pub(crate) struct Options {
    /// Attack with more of everything, and servers with all of their default memory
    #[arg(long)]
    pub(crate) full: bool,

    /// Print what attacks there are, as a table of Markdown, and make none
    #[arg(long)]
    pub(crate) list: bool,

    /// The program that serves
    #[arg(long, default_value = "target/release/mfn", value_name = "PATH")]
    pub(crate) program: PathBuf,

    /// Only attacks whose names contain one of these, in small letters or capitals
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
}

impl Options {
    /// How much there is of everything.
    pub(crate) fn form(&self) -> Form {
        if self.full { Form::FULL } else { Form::SHORT }
    }

    /// Whether an attack of this name is asked for.
    pub(crate) fn asks_for(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|part| has(name, part))
    }

    /// What is asked for and is in the name of no attack.
    pub(crate) fn unknown(&self) -> Option<&str> {
        let all = attacks::all(self.form());
        let mut names = self.names.iter().map(String::as_str);
        names.find(|part| !all.iter().any(|attack| has(attack.name, part)))
    }
}

fn has(name: &str, part: &str) -> bool {
    name.to_lowercase().contains(&part.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attacks_are_asked_for_by_parts_of_their_names_and_others_are_told() {
        let options = Options::parse_from(["attacks", "ping", "HTTP/1.1"]);
        assert!(
            options.asks_for("flood of PING") && !options.asks_for("rapid reset without a key")
        );
        assert_eq!(options.unknown(), None);
        let options = Options::parse_from(["attacks", "PING", "no such"]);
        assert_eq!(options.unknown(), Some("no such"));
    }
}
