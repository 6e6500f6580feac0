//! `conformance list`: the tests, without running them.

use std::io::{self, Write as _};

use clap::Args;
use conformance::case::{Level, Profile};
use conformance::run::{Pattern, Selection, Test, all_tests};
use conformance_load::Failure;
use serde::Serialize;
use serde_json::json;

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

/// A test, as it is listed.
#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    profile: Profile,
    level: Level,
    shows: &'a [String],
    title: &'a str,
}

impl<'a> Listed<'a> {
    fn of(test: &'a Test) -> Self {
        let Test { name, profile, case, .. } = test;
        Self { name, profile: *profile, level: case.level, shows: &case.shows, title: &case.title }
    }
}

impl List {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let selection = Selection { profiles: self.profiles, run: self.run, skip: self.skip };
        let tests = all_tests().map_err(|error| Failure::Work(error.to_string()))?;
        let chosen: Vec<_> =
            tests.iter().filter(|test| selection.has(test)).map(Listed::of).collect();
        if chosen.is_empty() {
            let none = "no test is so named: `conformance list` shows all";
            return Err(Failure::Usage(none.to_owned()));
        }
        let text = if self.json { as_json(&chosen) } else { as_text(&chosen) };
        io::stdout().write_all(text.as_bytes()).map_err(|error| Failure::of_output(&error))
    }
}

fn as_text(tests: &[Listed<'_>]) -> String {
    let text = |test: &Listed<'_>| {
        let Listed { name, level, shows, title, .. } = test;
        format!("{name}\n    {level} {}\n    {title}\n", shows.join(", "))
    };
    tests.iter().map(text).collect()
}

fn as_json(tests: &[Listed<'_>]) -> String {
    format!("{:#}\n", json!(tests))
}
