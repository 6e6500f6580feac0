//! `conformance list`: the tests, without running them.

use std::io::{self, Write as _};

use clap::Args;
use conformance::case::Profile;
use conformance::run::{Pattern, Selection, Test, all_tests};
use conformance_load::Failure;
use serde_json::{Value, json};

/// List the tests: name, level, the requirements that each shows, and its sentence
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only the tests of this profile; may be given several times, or with commas
    #[arg(long = "profile", value_name = "PROFILE", value_delimiter = ',')]
    profiles: Vec<Profile>,

    /// Only tests whose name this pattern matches; `*` is any text; may be given several times
    #[arg(long, value_name = "PATTERN")]
    run: Vec<Pattern>,

    /// No test whose name this pattern matches; may be given several times
    #[arg(long, value_name = "PATTERN")]
    skip: Vec<Pattern>,

    /// Print an array in JSON: name, profile, level, shows, title
    #[arg(long)]
    json: bool,
}

impl List {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let selection = Selection { profiles: self.profiles, run: self.run, skip: self.skip };
        let tests = all_tests().map_err(|error| Failure::Work(error.to_string()))?;
        let chosen: Vec<_> = tests.iter().filter(|test| selection.has(test)).collect();
        if chosen.is_empty() {
            let none = "no test is so named: `conformance list` shows all";
            return Err(Failure::Usage(none.to_owned()));
        }
        let text: String = if self.json {
            format!("{:#}\n", chosen.into_iter().map(as_json).collect::<Value>())
        } else {
            chosen.into_iter().map(as_text).collect()
        };
        io::stdout().write_all(text.as_bytes()).map_err(|error| Failure::of_output(&error))
    }
}

fn as_text(Test { name, case, .. }: &Test) -> String {
    let (level, shows, title) = (case.level, case.shows.join(", "), &case.title);
    format!("{name}\n    {level} {shows}\n    {title}\n")
}

fn as_json(Test { name, profile, case, .. }: &Test) -> Value {
    let (level, shows, title) = (case.level, &case.shows, &case.title);
    json!({ "name": name, "profile": profile, "level": level, "shows": shows, "title": title })
}
