//! Whether a server is conformant in a profile, and the counts that tell.

use schemars::JsonSchema;
use serde::Serialize;

use super::Record;
use crate::case::Level;
use crate::verdict::Verdict;

/// Whether a server is conformant in a profile.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// Every MUST of the profile ran and passed.
    Conformant,
    /// A MUST failed, be it known or not.
    NotConformant,
    /// No MUST failed, but one was not run or gave no result.
    NotShown,
    /// None of its tests was run.
    NothingRan,
}

/// What the tests of one level come to. The parts add up to the total.
#[derive(Clone, Copy, Debug, Default, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Tally {
    /// Passed, expected or not.
    pub passed: usize,
    /// Failed, expected or not.
    pub failed: usize,
    /// Gave no result, since the server is dead, hung, or would not start.
    pub errors: usize,
    /// Skipped, not applicable, or not chosen.
    pub not_run: usize,
    /// All of them.
    pub total: usize,
}

impl Judgement {
    pub(super) fn of(must: Tally, anything_ran: bool) -> Self {
        if !anything_ran {
            Self::NothingRan
        } else if must.failed > 0 {
            Self::NotConformant
        } else if must.errors + must.not_run > 0 || must.total == 0 {
            Self::NotShown
        } else {
            Self::Conformant
        }
    }

    /// As a person reads it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::NotConformant => "not conformant",
            Self::NotShown => "not shown",
            Self::NothingRan => "nothing ran",
        }
    }
}

impl Tally {
    pub(super) fn of(records: &[&Record], level: Level) -> Self {
        let mut tally = Self::default();
        for record in records.iter().filter(|record| record.level == level) {
            tally.total += 1;
            *match record.outcome.verdict {
                Verdict::Pass | Verdict::UnexpectedPass => &mut tally.passed,
                Verdict::Fail | Verdict::ExpectedFailure => &mut tally.failed,
                Verdict::Error => &mut tally.errors,
                Verdict::Skip | Verdict::NotApplicable => &mut tally.not_run,
            } += 1;
        }
        tally
    }
}
