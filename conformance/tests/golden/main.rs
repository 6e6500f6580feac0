//! The golden answers in `fixtures/golden` are what `mfn_core::reference` gives,
//! and what the rest of the core gives as well.
//!
//! `MFN_UPDATE_GOLDEN=1 cargo test -p conformance --test golden` writes them anew.

mod fast;
mod file;

use std::path::PathBuf;
use std::{env, fs};

use conformance::case::{Case, CaseFile, load};
use conformance::golden;
use conformance::numbers::{Class, compare};
use conformance::reference::{self, Plain};
use serde_json::Value;

use fast::Fast;

#[test]
fn they_are_those_of_the_reference() {
    for (subject, cases) in load::all().expect("the case files are well-formed") {
        if golden_cases(&cases).next().is_none() {
            continue;
        }
        let text = file::text(subject, golden_cases(&cases).map(|case| (case, answer(case))));
        let path = folder().join(format!("{subject}.json"));
        if env::var_os("MFN_UPDATE_GOLDEN").is_some() {
            mfn_output::write(&path, text.as_bytes())
                .expect("the folder of golden answers can be written to");
        }
        let there = fs::read_to_string(&path).unwrap_or_default();
        assert!(there == text, "{subject}.json is not current; see the top of this file");
    }
}

#[test]
fn the_fast_core_gives_them() {
    for (_, cases) in load::all().expect("the case files are well-formed") {
        for case in golden_cases(&cases) {
            let Some(golden) = golden::answer(&case.id) else {
                panic!("{} has no golden answer", case.id)
            };
            let messages = reference::messages::<Fast>(call(case));
            assert_eq!(golden.messages.len(), messages.len(), "{}", case.id);
            for (wanted, actual) in golden.messages.iter().zip(&messages) {
                assert_eq!(wanted.len(), actual.len(), "fields of {}", case.id);
                for (name, wanted) in wanted {
                    let class = class_of(case, name);
                    let actual = &actual[name];
                    assert!(
                        compare(wanted, actual, class),
                        "{}: {name} {wanted} {actual}",
                        case.id
                    );
                }
            }
        }
    }
}

#[test]
fn every_answer_belongs_to_a_case_and_every_file_is_part_of_the_program() {
    let files = load::all().expect("the case files are well-formed");
    let ids: Vec<_> =
        files.iter().flat_map(|(_, cases)| golden_cases(cases)).map(|case| &case.id).collect();
    for id in golden::case_ids() {
        assert!(ids.iter().any(|known| *known == id), "{id} has a golden answer and no case");
    }
    for entry in fs::read_dir(folder()).expect("there are golden answers") {
        let name = entry.expect("a file").file_name().into_string().expect("a plain name");
        let embedded = golden::FILES.iter().any(|(subject, _)| format!("{subject}.json") == name);
        assert!(embedded, "{name} is not in `golden::FILES`");
    }
}

fn golden_cases(file: &CaseFile) -> impl Iterator<Item = &Case> {
    file.case.iter().filter(|case| case.expect.as_ref().is_some_and(|expect| expect.golden))
}

fn call(case: &Case) -> &conformance::case::Call {
    case.call.as_ref().unwrap_or_else(|| panic!("{} has a golden answer and no call", case.id))
}

fn answer(case: &Case) -> file::Answer {
    let call = call(case);
    file::Answer {
        method: call.method.clone(),
        request: Value::Object(call.request.clone().unwrap_or_default()),
        messages: reference::messages::<Plain>(call),
    }
}

fn class_of(case: &Case, name: &str) -> Class {
    let unchecked = case.expect.as_ref().is_some_and(|e| e.unchecked.iter().any(|f| f == name));
    if unchecked { Class::Unchecked } else { golden::class_of(name) }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden")
}
