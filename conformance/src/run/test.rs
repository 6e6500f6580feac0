//! What is run: a case, for a profile.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::case::{Case, Expect, Level, Profile, load};
use crate::golden;

/// What each test looks at, whatever it shows: whether there is a key in an answer, and
/// whether the details of an error are those of its status.
const LOOKED_AT_EVERYWHERE: [&str; 2] = ["MFN-AUTH-018", "MFN-ERR-020"];

/// What a test looks at that compares two answers: that nothing in them varies.
const LOOKED_AT_IN_TWO_ANSWERS: &str = "MFN-WIRE-007";

/// A case, for one of its profiles.
#[derive(Clone, Debug)]
pub struct Test {
    /// `profile/case`.
    pub name: String,
    /// What it is judged for.
    pub profile: Profile,
    /// What is run.
    pub case: Arc<Case>,
    /// The requirements and areas that it may fail by without showing them, those
    /// of its file included.
    pub rests_on: Vec<String>,
}

/// All tests, in the order of profiles, files and cases.
///
/// # Errors
/// A file of cases is none: which, and why.
pub fn all_tests() -> Result<Vec<Test>, load::LoadError> {
    let mut tests = Vec::new();
    for (_, file) in load::all()? {
        for case in file.case {
            let rests_on = [&file.rests_on[..], &case.rests_on, &looked_at(&case)].concat();
            let case = Arc::new(case);
            tests.extend(case.profiles.iter().map(|&profile| Test {
                name: format!("{profile}/{}", case.id),
                profile,
                case: Arc::clone(&case),
                rests_on: rests_on.clone(),
            }));
        }
    }
    tests.sort_by_key(|test| test.profile);
    Ok(tests)
}

/// What the test of a case looks at, although the case does not say so.
fn looked_at(case: &Case) -> Vec<String> {
    let compares = |expect: &Expect| expect.same_as.is_some() || expect.same_error_as.is_some();
    let in_two = case.expect.as_ref().is_some_and(compares).then_some(LOOKED_AT_IN_TWO_ANSWERS);
    LOOKED_AT_EVERYWHERE.into_iter().chain(in_two).map(str::to_owned).collect()
}

/// How many tests of a MUST each profile has, chosen or not.
#[must_use]
pub fn musts_of_suite() -> BTreeMap<Profile, usize> {
    let mut counts: BTreeMap<_, _> = Profile::all().map(|profile| (profile, 0)).collect();
    let tests = all_tests().unwrap_or_default();
    for test in tests.iter().filter(|test| test.case.level == Level::Must) {
        *counts.entry(test.profile).or_default() += 1;
    }
    counts
}

/// SHA-256 of all cases and golden answers, in hexadecimal digits.
#[must_use]
pub fn fixtures_sha256() -> String {
    let mut hash = Sha256::new();
    for (name, text) in load::FILES.iter().chain(golden::FILES) {
        hash.update(name);
        hash.update([0]);
        hash.update(text);
        hash.update([0]);
    }
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16));
    hash.finalize().iter().flat_map(digits).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_compares_two_answers_rests_on_that_nothing_in_them_varies() {
        let tests = all_tests().expect("the cases are read");
        let rests = |name| {
            let test = tests.iter().find(|test| test.name == name).expect("a test of that name");
            test.rests_on.iter().any(|id| id == "MFN-WIRE-007")
        };
        assert!(rests("web/web/exact-field-by-connect-json"), "it has `same_as`");
        assert!(rests("web/web/error-by-grpc-web"), "it has `same_error_as`");
        assert!(!rests("wire/wire/run-simulation-answers"), "it looks at one answer alone");
    }
}
