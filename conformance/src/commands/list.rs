//! `conformance list`: the tests, without running them.

use std::io::{self, Write as _};

use clap::Args;
use conformance::case::Profile;
use conformance::run::{Pattern, Selection, Test, all_tests};
use conformance_load::Failure;

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
        let mut out = io::stdout().lock();
        for Test { name, case, .. } in chosen {
            let (level, shows, title) = (case.level, case.shows.join(", "), &case.title);
            writeln!(out, "{name}\n    {level} {shows}\n    {title}")
                .map_err(|error| Failure::of_output(&error))?;
        }
        Ok(())
    }
}
