//! The tree is tidy: what the spec requires is tested, what is cited exists,
//! and nothing unfinished is left lying about.
//!
//! A test cites a requirement in a comment of its own above it, several ids
//! separated by commas:
//!
//! ```text
//! // shows MFN-SIM-004, MFN-SIM-005
//! ```
#![forbid(unsafe_code)]

mod files;
mod spec;

use std::collections::BTreeMap;

use files::{File, rust_files, text_files};
use spec::{Requirement, cited_ids, defined_on, requirements, shown_ids};

#[test]
fn ids_are_well_formed_unique_and_in_order() {
    let spec = requirements();
    let mut last_of_area = BTreeMap::new();
    for Requirement { id, .. } in &spec.requirement {
        let (area, number) = spec::parts(id).unwrap_or_else(|| panic!("{id} is not MFN-AREA-NNN"));
        assert!(!spec.retired.contains(id), "{id} is retired and may not be used again");
        let last = last_of_area.insert(area, number).unwrap_or(0);
        assert!(last < number, "{id} is out of order, or not the only one");
    }
}

#[test]
fn the_list_and_the_pages_agree() {
    let spec = requirements();
    let mut pages: Vec<&str> = spec.requirement.iter().map(|r| r.page.as_str()).collect();
    pages.dedup();
    for page in pages {
        let listed: Vec<(&str, &str)> = spec
            .requirement
            .iter()
            .filter(|requirement| requirement.page == page)
            .map(|requirement| (requirement.id.as_str(), requirement.level.as_str()))
            .collect();
        let text = File::read(&format!("spec/{page}")).text;
        assert_eq!(defined_on(&text), listed, "spec/{page} and spec/requirements.toml differ");
    }
}

#[test]
fn what_is_cited_exists() {
    let spec = requirements();
    for file in text_files() {
        for id in cited_ids(&file.text) {
            let known = spec.requirement.iter().any(|requirement| requirement.id == id)
                || spec.retired.contains(&id);
            assert!(known, "{} cites {id}, which is not in spec/requirements.toml", file.path);
        }
    }
}

#[test]
fn every_must_is_shown_by_a_test() {
    let shown: Vec<String> = rust_files().flat_map(|file| shown_ids(&file.text)).collect();
    let missing: Vec<String> = requirements()
        .requirement
        .into_iter()
        .filter(|requirement| requirement.level == "MUST" && !shown.contains(&requirement.id))
        .map(|requirement| format!("{} ({})", requirement.id, requirement.title))
        .collect();
    assert!(missing.is_empty(), "no test shows:\n{}", missing.join("\n"));
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let roots = rust_files().filter(|file| {
        let path = file.path.as_str();
        path.ends_with("src/lib.rs")
            || path.ends_with("src/main.rs")
            || path.starts_with("benches/")
    });
    for root in roots {
        assert!(root.text.contains("#![forbid(unsafe_code)]"), "{} does not", root.path);
    }
}

#[test]
fn nothing_unfinished_is_left() {
    // Put together here, so that this file does not hold them.
    let marks = [["TO", "DO"], ["FIX", "ME"], ["dbg", "!("], ["#[ig", "nore"], ["to", "do!("]];
    for file in text_files() {
        for mark in marks.map(|parts| parts.concat()) {
            assert!(!file.text.contains(&mark), "{} has {mark}", file.path);
        }
    }
}
