//! Counts of instructions, and how they have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// A count that differs by more has changed. Those of two runs differ by less than a
/// fiftieth of it.
const TOLERANCE: f64 = 0.005;

/// Instructions by what they do.
#[derive(Debug, Deserialize, Serialize)]
pub struct Counts {
    /// What they were counted with.
    pub environment: Environment,
    /// The count of each work.
    pub counts: BTreeMap<String, u64>,
}

/// What decides beside the code how many instructions there are.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[expect(missing_docs, reason = "each says its version")]
pub struct Environment {
    pub rustc: String,
    pub c_library: String,
    pub valgrind: String,
    pub instruction_set: String,
}

/// The count of one work, before and now. It is missing where the work is.
#[derive(Debug)]
pub struct Change {
    name: String,
    before: Option<u64>,
    now: Option<u64>,
}

impl Counts {
    /// How each count differs from `before`, by name.
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> Vec<Change> {
        let names: BTreeSet<_> = self.counts.keys().chain(before.counts.keys()).collect();
        let count = |counts: &Self, name| counts.counts.get(name).copied();
        let changes = names.into_iter().map(|name| Change {
            name: name.clone(),
            before: count(before, name),
            now: count(self, name),
        });
        changes.collect()
    }
}

impl Change {
    /// Whether it is no more than two runs differ by.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.relative().is_some_and(|change| change.abs() <= TOLERANCE)
    }

    fn relative(&self) -> Option<f64> {
        Some(self.now? as f64 / self.before? as f64 - 1.0)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |count: Option<u64>| count.map_or("none".to_owned(), |count| count.to_string());
        write!(f, "{:<16} {:>10} {:>10}", self.name, count(self.before), count(self.now))?;
        if let Some(change) = self.relative() {
            write!(f, " {:>+7.2} %", 100.0 * change)?;
        }
        f.write_str(if self.is_small() { "" } else { "  CHANGED" })
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rustc, c_library, valgrind, instruction_set } = self;
        write!(f, "{rustc}, {c_library}, {valgrind}, {instruction_set}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(counts: &[(&str, u64)]) -> Counts {
        let text = String::new;
        let environment = Environment {
            rustc: text(),
            c_library: text(),
            valgrind: text(),
            instruction_set: text(),
        };
        let counts = counts.iter().map(|(name, count)| ((*name).to_owned(), *count));
        Counts { environment, counts: counts.collect() }
    }

    /// What is said of a work that took a million instructions.
    fn said_of(now: u64) -> Vec<bool> {
        let changes = counts(&[("work", now)]).changes_since(&counts(&[("work", 1_000_000)]));
        changes.iter().map(Change::is_small).collect()
    }

    #[test]
    fn a_change_of_one_per_cent_to_either_side_is_seen_and_noise_is_not() {
        assert_eq!(said_of(1_010_000), [false]);
        assert_eq!(said_of(990_000), [false]);
        assert_eq!(said_of(1_001_000), [true]);
        assert_eq!(said_of(999_000), [true]);
    }

    #[test]
    fn a_work_that_is_new_or_gone_is_a_change() {
        let changes = counts(&[("new", 1)]).changes_since(&counts(&[("gone", 1)]));
        let lines: Vec<_> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.ends_with("  CHANGED")), "{lines:?}");
    }
}
