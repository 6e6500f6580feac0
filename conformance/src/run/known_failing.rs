//! The list of known failures: tests that are run, and whose failure is expected.

use thiserror::Error;

use super::{Pattern, Test};
use crate::verdict::{Outcome, Verdict};

/// Most entries of a list.
const MAX_ENTRIES: usize = 10_000;

/// Which tests are known to fail, and why.
#[derive(Clone, Debug, Default)]
pub struct KnownFailing(Vec<Entry>);

#[derive(Clone, Debug)]
struct Entry {
    line: usize,
    text: String,
    pattern: Pattern,
    reason: String,
}

impl KnownFailing {
    /// The list that a file holds: a pattern of names a line, and after a `#` the
    /// reason, which each must have. Empty lines and those that begin with `#` are
    /// left out.
    ///
    /// # Errors
    /// A line has no reason, or there are too many.
    pub fn parse(text: &str) -> Result<Self, BadList> {
        let mut entries = Vec::new();
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (pattern, reason) = line.split_once('#').unwrap_or((line, ""));
            let (pattern, reason) = (pattern.trim(), reason.trim());
            if reason.is_empty() {
                return Err(BadList(format!(
                    "line {number} has no reason: write '{pattern} # why'"
                )));
            }
            if entries.len() == MAX_ENTRIES {
                return Err(BadList(format!("it has more than {MAX_ENTRIES} entries")));
            }
            entries.push(Entry {
                line: number,
                text: pattern.to_owned(),
                pattern: Pattern::new(pattern),
                reason: reason.to_owned(),
            });
        }
        Ok(Self(entries))
    }

    /// What a test comes to, given that its failure may be expected. That a server
    /// is dead is never.
    pub(super) fn applied(&self, name: &str, outcome: Outcome) -> Outcome {
        let Some(entry) = self.0.iter().find(|entry| entry.pattern.matches(name)) else {
            return outcome;
        };
        match outcome.verdict {
            Verdict::Fail => Outcome {
                verdict: Verdict::ExpectedFailure,
                reason: Some(entry.reason.clone()),
                ..outcome
            },
            Verdict::Pass => Outcome::because(
                Verdict::UnexpectedPass,
                format!("line {} says that it is known to fail: {}", entry.line, entry.reason),
            ),
            _ => outcome,
        }
    }

    /// The entries that match none of these tests, a sentence each.
    #[must_use]
    pub fn unmatched(&self, tests: &[Test]) -> Vec<String> {
        let unmatched = self
            .0
            .iter()
            .filter(|entry| !tests.iter().any(|test| entry.pattern.matches(&test.name)));
        unmatched
            .map(|entry| {
                format!("line {} of the known failures matches no test: {}", entry.line, entry.text)
            })
            .collect()
    }
}

/// What is wrong with a list of known failures.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{0}")]
pub struct BadList(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_failure_is_expected_and_a_pass_is_not() {
        let list = KnownFailing::parse("# all\n\nauth/* # no keys yet\n").expect("a list");
        let verdict = |name, verdict| list.applied(name, Outcome::because(verdict, "why")).verdict;
        assert_eq!(verdict("auth/auth/a", Verdict::Fail), Verdict::ExpectedFailure);
        assert_eq!(verdict("auth/auth/a", Verdict::Pass), Verdict::UnexpectedPass);
        assert_eq!(verdict("auth/auth/a", Verdict::Error), Verdict::Error);
        assert_eq!(verdict("auth/auth/a", Verdict::Skip), Verdict::Skip);
        assert_eq!(verdict("wire/wire/a", Verdict::Fail), Verdict::Fail);
        assert_eq!(list.unmatched(&[]).len(), 1);
    }

    #[test]
    fn an_entry_needs_a_reason() {
        let error = KnownFailing::parse("wire/*").expect_err("no reason");
        assert!(error.to_string().contains("line 1"));
    }
}
