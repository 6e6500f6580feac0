//! What a run comes to in each profile, and as a whole.
//!
//! Two questions are kept apart. *Conformance* is about the server: a profile is
//! conformant if every MUST that the suite has for it ran and passed. *Failure* is
//! about the run, and decides the exit status: it says that something is to be
//! done. A run of a few chosen tests may succeed and yet show no conformance.
//!
//! A SHOULD or MAY that fails is a warning and touches neither. One that passes
//! although it is listed as failing fails the run like a MUST: the list is wrong.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

pub use super::judgement::{Judgement, Tally};
use super::{Record, Report};
use crate::case::{Level, Profile};
use crate::check::{counted, listed};
use crate::verdict::Verdict;

/// How often each verdict was given; each is there, also with 0.
pub type Counts = BTreeMap<Verdict, usize>;

/// What a run comes to in one profile.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
pub struct Summary {
    /// The profile.
    pub profile: Profile,
    /// What its MUSTs come to.
    pub judgement: Judgement,
    /// Its MUSTs, those of the suite that were not chosen included.
    pub must: Tally,
    /// Its SHOULDs that were chosen.
    pub should: Tally,
    /// Its MAYs that were chosen.
    pub may: Tally,
    /// Its tests of any level, by verdict.
    pub counts: Counts,
}

impl Report {
    /// One for each profile of which a test was chosen, in the order of profiles.
    #[must_use]
    pub fn summaries(&self) -> Vec<Summary> {
        let chosen =
            |profile: &Profile| self.results.iter().any(|record| record.profile == *profile);
        Profile::all().filter(chosen).map(|profile| self.summary(profile)).collect()
    }

    /// All tests by verdict.
    #[must_use]
    pub fn counts(&self) -> Counts {
        counts(&self.results.iter().collect::<Vec<_>>())
    }

    /// Whether the run as a whole failed, which the exit status tells.
    #[must_use]
    pub fn failed(&self) -> bool {
        !self.faults().is_empty()
    }

    /// Why the run failed, a sentence each; none if it did not.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let failed = self.times(Level::Must, Verdict::Fail);
        let errors = self.times(Level::Must, Verdict::Error);
        let unexpected = self.counts()[&Verdict::UnexpectedPass];
        let in_list = self.known_failing_faults.len();
        let unshown = self.unshown();
        let faults = [
            (usize::from(!self.results.iter().any(Record::ran)), "no test was run".to_owned()),
            (failed, format!("{} failed", counted(failed, "MUST"))),
            (errors, format!("{} ended in an error", counted(errors, "MUST"))),
            (
                unexpected,
                format!("{} passed although listed as failing", counted(unexpected, "test")),
            ),
            (in_list, format!("the list of known failures has {}", counted(in_list, "fault"))),
            (
                if self.requires_conformance { unshown.len() } else { 0 },
                format!("conformance is required, and is not shown in {}", listed(&unshown)),
            ),
        ];
        faults.into_iter().filter(|(times, _)| *times > 0).map(|(_, fault)| fault).collect()
    }

    /// What the run comes to as a whole, for a person: also one that did not fail may show no
    /// conformance.
    #[must_use]
    pub fn ending(&self) -> (Judgement, String) {
        if self.failed() {
            return (Judgement::NotConformant, format!("failed: {}", self.faults().join("; ")));
        }
        match &self.unshown()[..] {
            [] => {
                let profiles = self.summaries().into_iter().map(|summary| summary.profile);
                (Judgement::Conformant, format!("passed: conformant in {}", listed(profiles)))
            }
            unshown => {
                let some = "no MUST failed of those that ran; conformance not shown in";
                (Judgement::NotShown, format!("{some} {}", listed(unshown)))
            }
        }
    }

    /// The profiles of which a test was chosen, and in which the run does not show that the
    /// server is conformant.
    fn unshown(&self) -> Vec<Profile> {
        let summaries = self.summaries().into_iter();
        let unshown = summaries.filter(|summary| summary.judgement != Judgement::Conformant);
        unshown.map(|summary| summary.profile).collect()
    }

    /// What should be looked at although it fails no run, a sentence each.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let missed = |level| self.times(level, Verdict::Fail) + self.times(level, Verdict::Error);
        [(Level::Should, "SHOULD"), (Level::May, "MAY")]
            .into_iter()
            .map(|(level, name)| (missed(level), name))
            .filter(|(times, _)| *times > 0)
            .map(|(times, name)| format!("{} failed, which fails no run", counted(times, name)))
            .collect()
    }

    fn times(&self, level: Level, verdict: Verdict) -> usize {
        let of = |record: &&Record| record.level == level && record.outcome.verdict == verdict;
        self.results.iter().filter(of).count()
    }

    fn summary(&self, profile: Profile) -> Summary {
        let records: Vec<&Record> =
            self.results.iter().filter(|record| record.profile == profile).collect();
        let mut must = Tally::of(&records, Level::Must);
        let unchosen = self
            .musts_of_suite
            .get(&profile)
            .map_or(0, |in_suite| in_suite.saturating_sub(must.total));
        must.not_run += unchosen;
        must.total += unchosen;
        let judgement = Judgement::of(must, records.iter().copied().any(Record::ran));
        Summary {
            profile,
            judgement,
            must,
            should: Tally::of(&records, Level::Should),
            may: Tally::of(&records, Level::May),
            counts: counts(&records),
        }
    }
}

impl Record {
    pub(super) fn ran(&self) -> bool {
        !matches!(self.outcome.verdict, Verdict::Skip | Verdict::NotApplicable)
    }

    /// Whether the run has failed by this test alone.
    ///
    /// An unexpected pass of any level does it: it is the list of known failures
    /// that is wrong then, not the server.
    pub(super) fn fails_the_run(&self) -> bool {
        let verdict = self.outcome.verdict;
        verdict == Verdict::UnexpectedPass || verdict.fails_the_run() && self.level == Level::Must
    }
}

impl Summary {
    /// Why the judgement is what it is, unless it says so itself.
    #[must_use]
    pub fn because(&self) -> Option<String> {
        let Tally { failed, errors, not_run, total, .. } = self.must;
        match self.judgement {
            Judgement::Conformant | Judgement::NothingRan => None,
            Judgement::NotConformant => Some(format!("{failed} of {total} MUSTs failed")),
            Judgement::NotShown if total == 0 => Some("it has no MUST".to_owned()),
            Judgement::NotShown if errors == 0 => {
                Some(format!("{not_run} of {total} MUSTs did not run"))
            }
            Judgement::NotShown => {
                Some(format!("{} of {total} MUSTs gave no result", errors + not_run))
            }
        }
    }
}

/// The judgement with its reason, such as `not conformant (2 of 31 MUSTs failed)`.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.because() {
            None => f.write_str(self.judgement.name()),
            Some(reason) => write!(f, "{} ({reason})", self.judgement.name()),
        }
    }
}

fn counts(records: &[&Record]) -> Counts {
    let of = |verdict| records.iter().filter(|record| record.outcome.verdict == verdict).count();
    Verdict::ALL.into_iter().map(|verdict| (verdict, of(verdict))).collect()
}
