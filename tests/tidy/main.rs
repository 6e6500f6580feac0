//! The tree is tidy: what the spec requires is tested, what is cited exists,
//! and nothing unfinished is left lying about.
//!
//! A test cites the requirements that it shows in a comment above it, with
//! commas, in as many lines as it takes. Between the comment and the test's
//! attribute there is nothing but documentation and other attributes:
//!
//! ```text
//! // shows MFN-SIM-004,
//! // MFN-SIM-005
//! #[test]
//! ```
//!
//! The attribute is `#[test]`, in `proptest!` too, or `#[tokio::test]`. A MUST
//! that no test cites so is a fault, and a citation that stands elsewhere is
//! one as well. Each check is a function from files to faults, which has its
//! own tests beside it.
#![forbid(unsafe_code)]

mod citations;
mod files;
mod fuzz;
mod imports;
mod marks;
mod spec;

use mfn_spec::Requirements;

use files::File;

#[test]
fn the_list_of_requirements_is_sound() {
    assert_none(&spec::faults_of_list(&listed(&files::all())));
}

#[test]
fn no_number_of_a_requirement_is_missing() {
    assert_none(&spec::faults_of_numbers(&listed(&files::all())));
}

#[test]
fn the_list_and_the_pages_agree() {
    let files = files::all();
    assert_none(&spec::faults_of_pages(&listed(&files), &files));
}

#[test]
fn the_list_and_the_front_page_have_one_version() {
    let files = files::all();
    let version = format!("\nVersion **{}**.", listed(&files).version);
    assert!(files::at(&files, "spec/README.md").text.contains(&version), "no line is{version}");
}

#[test]
fn what_is_cited_exists() {
    let files = files::all();
    assert_none(&citations::faults_of_ids(&listed(&files), &files));
}

#[test]
fn every_citation_stands_above_a_test() {
    assert_none(&citations::faults_of_citations(&files::all()));
}

#[test]
fn every_must_is_shown_by_a_test() {
    let files = files::all();
    assert_none(&citations::faults_of_coverage(&listed(&files), &files));
}

#[test]
fn every_fuzz_target_is_run_seeded_and_described() {
    assert_none(&fuzz::faults_of_targets(&files::all()));
}

#[test]
fn nothing_unfinished_is_left() {
    assert_none(&marks::faults_of_marks(&files::all()));
}

#[test]
fn unsafe_code_is_forbidden_everywhere() {
    let files = files::all();
    assert_none(&[marks::faults_of_roots(&files), marks::faults_of_manifests(&files)].concat());
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    assert_none(&imports::circles(&files::all()));
}

fn listed(files: &[File]) -> Requirements {
    spec::parse(files::at(files, "spec/requirements.toml"))
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
