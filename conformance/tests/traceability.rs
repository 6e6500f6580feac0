//! Every MUST has a case, or a reason why no client can see it.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use conformance::case::Level;
use conformance::run::{PAGES, Spec, all_tests};
use serde::Deserialize;

/// `untested.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Untested {
    untested: Vec<Reason>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    requirement: String,
    why: String,
}

fn untested() -> BTreeMap<String, String> {
    let file: Untested =
        toml::from_str(include_str!("../untested.toml")).expect("it has the format");
    let count = file.untested.len();
    let reasons: BTreeMap<_, _> =
        file.untested.into_iter().map(|Reason { requirement, why }| (requirement, why)).collect();
    assert_eq!(reasons.len(), count, "a requirement has two reasons");
    reasons
}

fn shown() -> BTreeSet<String> {
    let tests = all_tests().expect("the cases are right");
    tests.iter().flat_map(|test| test.case.shows.clone()).collect()
}

#[test]
fn every_must_has_a_case_or_a_reason() {
    let (shown, untested) = (shown(), untested());
    let spec = Spec::load();
    let musts = spec.requirements.values().filter(|requirement| requirement.level == Level::Must);
    let missing: Vec<_> = musts
        .map(|requirement| &requirement.id)
        .filter(|id| !shown.contains(*id) && !untested.contains_key(*id))
        .collect();
    assert!(missing.is_empty(), "neither a case nor a reason has {missing:?}");
}

#[test]
fn a_reason_is_given_for_a_requirement_without_a_case_only() {
    let (shown, spec) = (shown(), Spec::load());
    for (id, why) in untested() {
        assert!(spec.requirement(&id).is_some(), "{id} is no requirement");
        assert!(!shown.contains(&id), "{id} has a case");
        assert!(why.len() > 20, "{id} has no reason: {why}");
    }
}

#[test]
fn every_case_shows_requirements_of_the_specification() {
    let spec = Spec::load();
    for test in all_tests().expect("the cases are right") {
        assert!(!test.case.shows.is_empty(), "{} shows nothing", test.case.id);
        for id in &test.case.shows {
            assert!(spec.requirement(id).is_some(), "{} shows {id}, which is none", test.case.id);
        }
    }
}

#[test]
fn every_page_that_defines_requirements_is_part_of_the_program() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../spec");
    for entry in fs::read_dir(folder).expect("there is a specification") {
        let path = entry.expect("a file").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a plain name");
        let text = fs::read_to_string(&path).expect("it can be read");
        let defines = text.lines().any(|line| line.starts_with("**MFN-"));
        let is_there = PAGES.iter().any(|(known, _)| *known == name);
        assert_eq!(defines, is_there, "{name} and `PAGES` of run/spec.rs");
    }
}
