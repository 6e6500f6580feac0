//! Which cases caught which mutant: the test of the suite itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use conformance::verdict::Verdict;
use serde::Serialize;

use super::mutant::Mutant;

/// What one test came to against a mutant.
#[derive(Clone, Debug)]
pub struct Finding {
    /// `profile/case`.
    pub test: String,
    /// Id of the case.
    pub case: String,
    /// The requirements that it shows.
    pub shows: Vec<String>,
    /// Areas (`SIM`) or ids (`MFN-SIM-004`) of requirements that it may fail by as
    /// well.
    pub rests_on: Vec<String>,
    /// What it came to.
    pub verdict: Verdict,
}

/// Which cases caught which mutant.
#[derive(Clone, Debug, Serialize)]
pub struct Matrix {
    /// In the order of the catalogue.
    pub mutants: Vec<Row>,
}

/// What became of one mutant.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its id.
    pub mutant: String,
    /// The requirement that it breaks.
    pub breaks: String,
    /// What it does wrong.
    pub what: String,
    /// Tests that were run against it.
    pub tests: usize,
    /// Cases that show the requirement and failed. None: it survived.
    pub killed_by: BTreeSet<String>,
    /// Cases that do not show the requirement and failed, because they rest on it,
    /// or on another that cannot stay whole.
    pub related: BTreeSet<String>,
    /// Cases that failed and have nothing to do with what is broken.
    pub unrelated: BTreeSet<String>,
}

impl Row {
    /// Whether it is worth another look: it was not caught, or failed cases that
    /// have nothing to do with it.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.survived() || !self.unrelated.is_empty()
    }

    /// Whether no case that shows the requirement noticed.
    #[must_use]
    pub fn survived(&self) -> bool {
        self.killed_by.is_empty()
    }
}

impl Matrix {
    /// Whether every mutant was caught, each by cases of what it breaks alone.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.mutants.iter().all(|row| !row.survived() && row.unrelated.is_empty())
    }
}

/// What the tests of each mutant, by its id, say of the suite. A mutant without
/// tests has survived.
#[must_use]
pub fn judge(mutants: &[Mutant], findings: &BTreeMap<String, Vec<Finding>>) -> Matrix {
    let rows = mutants
        .iter()
        .map(|mutant| row(mutant, findings.get(&mutant.id).map_or(&[][..], Vec::as_slice)));
    Matrix { mutants: rows.collect() }
}

fn row(mutant: &Mutant, findings: &[Finding]) -> Row {
    let mut row = Row {
        mutant: mutant.id.clone(),
        breaks: mutant.breaks.clone(),
        what: mutant.what.clone(),
        tests: findings.len(),
        killed_by: BTreeSet::new(),
        related: BTreeSet::new(),
        unrelated: BTreeSet::new(),
    };
    for finding in findings.iter().filter(|finding| finding.verdict.fails_the_run()) {
        let cases = if finding.shows.contains(&mutant.breaks) {
            &mut row.killed_by
        } else if is_related(mutant, &finding.shows, &finding.rests_on) {
            &mut row.related
        } else {
            &mut row.unrelated
        };
        cases.insert(finding.case.clone());
    }
    row
}

/// Whether a case that shows and rests on these may fail by what `mutant` breaks.
pub(super) fn is_related(mutant: &Mutant, shows: &[String], rests_on: &[String]) -> bool {
    let mut claimed = shows.iter().chain(rests_on);
    claimed.any(|claim| {
        let mut broken = mutant.also.iter().chain([&mutant.breaks]);
        broken.any(|requirement| requirement == claim || area(requirement) == Some(claim))
    })
}

/// The area of an id: `SIM` of `MFN-SIM-004`.
fn area(requirement: &str) -> Option<&str> {
    requirement.strip_prefix("MFN-")?.split_once('-').map(|(area, _number)| area)
}

/// What it was found to be, in a sentence.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mutant, unrelated, .. } = self;
        match (self.survived(), unrelated.is_empty()) {
            (true, _) => write!(f, "{mutant}, which survived"),
            (false, true) => write!(f, "{mutant}, which was caught"),
            (false, false) => write!(f, "{mutant}, which failed {}", list(unrelated)),
        }
    }
}

/// A line a mutant, and below it the cases that ought not to have failed. Doubtful
/// mutants come last, so that they are in view when the run ends.
impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.mutants.iter().map(|row| row.mutant.len()).max().unwrap_or(0);
        let (doubtful, caught): (Vec<_>, Vec<_>) =
            self.mutants.iter().partition(|row| row.is_doubtful());
        for Row { mutant, breaks, killed_by, unrelated, what, .. } in
            caught.into_iter().chain(doubtful)
        {
            write!(f, "{mutant:width$}  {breaks:13}  ")?;
            if killed_by.is_empty() {
                writeln!(f, "SURVIVED: {what}")?;
            } else {
                writeln!(f, "{}", list(killed_by))?;
            }
            if !unrelated.is_empty() {
                writeln!(f, "{:width$}  UNRELATED: {}", "", list(unrelated))?;
            }
        }
        let count = |is: fn(&Row) -> bool| self.mutants.iter().filter(|row| is(row)).count();
        write!(
            f,
            "{} mutants: {} caught, {} survived, {} with failures of unrelated cases",
            self.mutants.len(),
            count(|row| !row.survived()),
            count(Row::survived),
            count(|row| !row.unrelated.is_empty()),
        )
    }
}

fn list(cases: &BTreeSet<String>) -> String {
    cases.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(id: &str, breaks: &str, also: &[&str]) -> Mutant {
        Mutant {
            id: id.to_owned(),
            breaks: breaks.to_owned(),
            what: "It does wrong.".to_owned(),
            also: also.iter().map(|also| (*also).to_owned()).collect(),
            edit: Vec::new(),
        }
    }

    fn finding(case: &str, shows: &str, rests_on: &[&str], verdict: Verdict) -> Finding {
        Finding {
            test: format!("wire/{case}"),
            case: case.to_owned(),
            shows: vec![shows.to_owned()],
            rests_on: rests_on.iter().map(|on| (*on).to_owned()).collect(),
            verdict,
        }
    }

    fn matrix(mutant: Mutant, findings: Vec<Finding>) -> Matrix {
        let findings = BTreeMap::from([(mutant.id.clone(), findings)]);
        judge(&[mutant], &findings)
    }

    #[test]
    fn a_mutant_is_caught_by_a_case_that_shows_what_it_breaks() {
        let failed = finding("mean/of-all", "MFN-STAT-002", &[], Verdict::Fail);
        let matrix = matrix(mutant("m", "MFN-STAT-002", &[]), vec![failed]);
        assert!(matrix.holds());
        assert!(matrix.mutants[0].killed_by.contains("mean/of-all"));
    }

    #[test]
    fn a_case_that_only_rests_on_it_does_not_count_but_may_fail() {
        let rests = finding("features/all", "MFN-FEAT-001", &["SIM"], Verdict::Fail);
        let matrix = matrix(mutant("m", "MFN-SIM-004", &[]), vec![rests]);
        assert!(!matrix.holds());
        assert!(matrix.mutants[0].survived());
        assert!(matrix.mutants[0].unrelated.is_empty());
    }

    #[test]
    fn an_unrelated_failure_is_a_fault_of_the_suite() {
        let caught = finding("mean/of-all", "MFN-STAT-002", &[], Verdict::Fail);
        let other = finding("codes/range", "MFN-ERR-001", &["MFN-ERR-002"], Verdict::Error);
        let findings = vec![caught, other];
        assert!(!matrix(mutant("m", "MFN-STAT-002", &[]), findings.clone()).holds());
        for also in ["MFN-ERR-001", "MFN-ERR-002"] {
            assert!(matrix(mutant("m", "MFN-STAT-002", &[also]), findings.clone()).holds());
        }
    }

    #[test]
    fn only_failures_catch() {
        let passed = finding("mean/of-all", "MFN-STAT-002", &[], Verdict::Pass);
        let skipped = finding("mean/of-none", "MFN-STAT-002", &[], Verdict::Skip);
        assert!(
            matrix(mutant("m", "MFN-STAT-002", &[]), vec![passed, skipped]).mutants[0].survived()
        );
        assert!(judge(&[mutant("m", "MFN-STAT-002", &[])], &BTreeMap::new()).mutants[0].survived());
    }

    #[test]
    fn a_person_reads_last_what_survived_and_what_failed_beside() {
        let caught = finding("mean/of-all", "MFN-STAT-002", &[], Verdict::Fail);
        let beside = finding("codes/range", "MFN-ERR-001", &[], Verdict::Fail);
        let findings = BTreeMap::from([
            ("pairwise-mean".to_owned(), vec![caught.clone(), beside]),
            ("no-mean".to_owned(), vec![caught]),
        ]);
        let mutants = [
            mutant("pairwise-mean", "MFN-STAT-002", &[]),
            mutant("quiet", "MFN-LIFE-004", &[]),
            mutant("no-mean", "MFN-STAT-002", &[]),
        ];
        let expected = "\
no-mean        MFN-STAT-002   mean/of-all
pairwise-mean  MFN-STAT-002   mean/of-all
               UNRELATED: codes/range
quiet          MFN-LIFE-004   SURVIVED: It does wrong.
3 mutants: 2 caught, 1 survived, 1 with failures of unrelated cases";
        let matrix = judge(&mutants, &findings);
        assert_eq!(matrix.to_string(), expected);
        let rows: Vec<_> = matrix.mutants.iter().map(ToString::to_string).collect();
        let expected = [
            "pairwise-mean, which failed codes/range",
            "quiet, which survived",
            "no-mean, which was caught",
        ];
        assert_eq!(rows, expected);
    }
}
