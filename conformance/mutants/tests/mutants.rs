//! The catalogue of mutants fits the source and the specification as they are,
//! and goes into a copy of the source alone.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use conformance_mutants::catalogue::{Catalogue, workspace_root};
use conformance_mutants::mutant::VARIABLE;
use conformance_mutants::tree;

/// The fewest that the suite is tested with.
const FEWEST: usize = 60;
/// A file that mutants change.
const CHANGED: &str = "crates/mfn-core/src/mask.rs";

fn catalogue() -> Catalogue {
    Catalogue::load().expect("the catalogue is as its types have it")
}

#[test]
fn every_mutant_can_be_made_and_every_must_is_broken_or_exempt() {
    let catalogue = catalogue();
    let faults = catalogue.faults(&workspace_root()).expect("the source can be read");
    let list = faults.iter().fold(String::new(), |mut list, fault| {
        writeln!(list, "{fault}").ok();
        list
    });
    assert!(faults.is_empty(), "{list}");
    assert!(catalogue.mutants.len() >= FEWEST, "{} mutants", catalogue.mutants.len());
}

#[test]
fn the_copy_has_the_mutants_and_is_written_anew_only_where_it_differs() {
    let (root, copy) = (workspace_root(), Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants"));
    let write = || tree::write(&catalogue(), &root, &copy).expect("it can be written");
    write();
    let read = |file: &str| fs::read_to_string(copy.join(file)).expect("it is there");
    assert!(read(CHANGED).contains(VARIABLE), "{}", read(CHANGED));
    assert!(!read("Cargo.toml").contains("\"conformance\""), "{}", read("Cargo.toml"));

    let changed_at = |file: &str| {
        let metadata = fs::metadata(copy.join(file)).expect("it is there");
        metadata.modified().expect("it has a time")
    };
    let before = changed_at(CHANGED);
    fs::write(copy.join("src/main.rs"), "not the program").expect("it can be written");
    fs::write(copy.join("src/stray.rs"), "").expect("it can be written");
    write();
    assert_eq!(changed_at(CHANGED), before);
    assert!(read("src/main.rs").contains("fn main()"));
    assert!(!copy.join("src/stray.rs").exists());
}

#[test]
fn what_is_shipped_has_no_switch() {
    let root = workspace_root();
    for file in catalogue().edits_by_file().keys() {
        let source = fs::read_to_string(root.join(file)).expect("it is there");
        assert!(!source.contains(VARIABLE), "{file}");
    }
}

#[test]
fn a_reader_of_the_list_who_has_gone_is_no_error() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conformance-mutants"));
    command.arg("--list").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut program = command.spawn().expect("it starts");
    drop(program.stdout.take());
    let output = program.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}
