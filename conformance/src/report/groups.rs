//! Failures that have something in common, so that one fault of a server is not told a hundred
//! times.
//!
//! Two belong together if they differ from what was expected in the same way, whatever the
//! numbers are; or if calls were answered with the same code and reason that nobody expected.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex_lite::Regex;

use super::{Record, Report};
use crate::verdict::Verdict;

/// Numbers as reports write them.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?").expect("it is a regular expression")
});
/// What a line begins with that tells a gRPC code.
const CODE: &str = "code ";

/// Tests that failed alike, in the order of the report.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// The one that stands for all.
    pub first: &'a Record,
    /// The others.
    pub others: Vec<&'a Record>,
}

impl Report {
    /// What failed, expected or not, was an error, or passed unexpectedly: by what it has in
    /// common.
    #[must_use]
    pub fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        let mut places = HashMap::new();
        for record in self.results.iter().filter(|record| record.is_told()) {
            let cause = (record.outcome.verdict, cause(record));
            let place = *places.entry(cause).or_insert(groups.len());
            match groups.get_mut(place) {
                Some(group) => group.others.push(record),
                None => groups.push(Group { first: record, others: Vec::new() }),
            }
        }
        groups
    }

    /// Those of them that nobody has said to expect.
    pub(super) fn unexpected(&self) -> Vec<Group<'_>> {
        let mut groups = self.groups();
        groups.retain(|group| group.first.outcome.verdict != Verdict::ExpectedFailure);
        groups
    }
}

impl<'a> Group<'a> {
    /// How many tests they are.
    #[must_use]
    pub fn tests(&self) -> usize {
        1 + self.others.len()
    }

    /// All of them.
    pub fn records(&self) -> impl Iterator<Item = &'a Record> {
        [self.first].into_iter().chain(self.others.iter().copied())
    }

    /// Whether the run failed by one of them.
    #[must_use]
    pub fn fails_the_run(&self) -> bool {
        self.records().any(Record::fails_the_run)
    }
}

impl Record {
    /// Whether a reader is told of it without asking.
    fn is_told(&self) -> bool {
        self.outcome.verdict.fails_the_run() || self.outcome.verdict == Verdict::ExpectedFailure
    }
}

/// What those have in common that failed alike.
fn cause(record: &Record) -> String {
    let first = |lines: &[String]| lines.first().cloned().unwrap_or_default();
    let evidence = record.outcome.evidence.as_ref();
    let compared = evidence.map(|evidence| (first(&evidence.expected), first(&evidence.actual)));
    match compared {
        Some((expected, actual)) if expected.starts_with(CODE) && actual.starts_with(CODE) => {
            actual.split(": ").next().unwrap_or_default().to_owned()
        }
        Some((expected, actual)) if !actual.is_empty() => {
            without_numbers(&format!("{expected}\n{actual}"))
        }
        _ => {
            let reason = record.outcome.reason.as_deref().unwrap_or_default();
            without_numbers(reason.lines().next().unwrap_or_default())
        }
    }
}

/// With one sign for each number, and for several that follow each other.
fn without_numbers(text: &str) -> String {
    let mut text = NUMBER.replace_all(text, "#").into_owned();
    while text.contains("#, #") {
        text = text.replace("#, #", "#");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_all_alike() {
        let text = without_numbers("pot_min_mV -70.6e-3 in message 4; steps 1, 2, 3");
        assert_eq!(text, "pot_min_mV # in message #; steps #");
    }
}
