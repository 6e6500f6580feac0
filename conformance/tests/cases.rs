//! The case files say what they may, and cite what there is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::{env, fs};

use conformance::case::{Call, Case, Level, load};
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor};
use serde_json::Value;

/// Lies beside the case files, and is none.
const SETUPS: &str = "setups.toml";

#[test]
fn every_file_is_part_of_the_program_and_names_its_schema() {
    for entry in fs::read_dir(folder()).expect("there are case files") {
        let name = entry.expect("a file").file_name().into_string().expect("a plain name");
        let Some(subject) = name.strip_suffix(".toml").filter(|_| name != SETUPS) else { continue };
        let embedded = load::FILES.iter().any(|(known, _)| *known == subject);
        assert!(embedded, "{name} is not in `load::FILES`");
    }
    for (subject, text) in load::FILES {
        assert!(text.starts_with("#:schema schema.json\n"), "{subject}.toml");
    }
}

#[test]
fn ids_are_unique_and_begin_with_their_subject() {
    let mut seen = BTreeSet::new();
    for (subject, case) in cases() {
        let name = case.id.strip_prefix(subject).and_then(|rest| rest.strip_prefix('/'));
        let plain = |name: &str| {
            !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        assert!(name.is_some_and(plain), "{} in {subject}.toml", case.id);
        assert!(seen.insert(case.id.clone()), "{} is there twice", case.id);
        assert!(case.title.ends_with('.'), "the title of {} is no sentence", case.id);
        assert!(!case.profiles.is_empty(), "{} is part of no profile", case.id);
    }
}

#[test]
fn what_is_cited_exists() {
    let levels = requirements();
    let areas: BTreeSet<&str> = levels.keys().filter_map(|id| id.split('-').nth(1)).collect();
    let known = |cited: &str| levels.contains_key(cited) || areas.contains(cited);
    for (subject, file) in load::all().expect("the case files are well-formed") {
        for cited in file.rests_on.iter().chain(file.case.iter().flat_map(|case| &case.rests_on)) {
            assert!(known(cited), "{subject}.toml rests on {cited}");
        }
    }
    for (_, case) in cases() {
        assert!(!case.shows.is_empty(), "{} shows nothing", case.id);
        for cited in &case.shows {
            assert!(levels.contains_key(cited), "{} shows {cited}", case.id);
        }
        let shows_a_must = case.shows.iter().any(|id| levels[id] == Level::Must);
        assert!(case.level != Level::Must || shows_a_must, "{} is a MUST without one", case.id);
    }
}

#[test]
fn every_must_of_the_numbers_is_shown() {
    let areas = ["ARITH", "WORD", "SIM", "STAT", "STREAM", "FEAT", "VAL"];
    let shown: BTreeSet<String> = cases().into_iter().flat_map(|(_, case)| case.shows).collect();
    for (id, level) in requirements() {
        let area = id.split('-').nth(1).unwrap_or_default();
        if areas.contains(&area) && level == Level::Must {
            assert!(shown.contains(&id), "no case shows {id}");
        }
    }
}

#[test]
fn a_case_is_a_call_with_an_expectation_or_a_procedure() {
    for (_, case) in cases() {
        let is_call = case.call.is_some() && case.expect.is_some() && case.procedure.is_none();
        let is_procedure = case.call.is_none() && case.expect.is_none() && case.procedure.is_some();
        assert!(is_call || is_procedure, "{}", case.id);
    }
}

#[test]
fn requests_are_those_of_the_proto() {
    let pool = DescriptorPool::decode(mfn_proto::FILE_DESCRIPTOR_SET).expect("our own proto");
    for (_, case) in cases() {
        let same = case.expect.iter().flat_map(|e| e.same_as.iter().chain(&e.same_error_as));
        for call in case.call.iter().chain(same) {
            let request = Value::Object(call.request.clone().unwrap_or_default());
            // Methods beside ours, and those that do not exist, have requests of their own.
            if let Some(method) = method(&pool, call) {
                let names = method.input();
                for name in request.as_object().into_iter().flat_map(|fields| fields.keys()) {
                    assert!(names.get_field_by_name(name).is_some(), "{name} of {}", case.id);
                }
                let read = DynamicMessage::deserialize(method.input(), request);
                assert!(read.is_ok(), "{}: {read:?}", case.id);
            }
        }
    }
}

fn method(pool: &DescriptorPool, call: &Call) -> Option<MethodDescriptor> {
    let (service, name) = call.method.split_once('/')?;
    pool.get_service_by_name(service)?.methods().find(|method| method.name() == name)
}

fn cases() -> Vec<(&'static str, Case)> {
    let files = load::all().expect("the case files are well-formed").into_iter();
    files.flat_map(|(subject, file)| file.case.into_iter().map(move |c| (subject, c))).collect()
}

/// Every id with its level.
fn requirements() -> BTreeMap<String, Level> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../spec/requirements.toml");
    let text = fs::read_to_string(path).expect("the list of requirements");
    let list: toml::Table = text.parse().expect("it is TOML");
    let entries = list["requirement"].as_array().expect("a list of requirements");
    let text = |entry: &toml::Value, key: &str| entry[key].as_str().expect("a text").to_owned();
    let level = |entry: &toml::Value| entry["level"].clone().try_into().expect("a level");
    entries.iter().map(|entry| (text(entry, "id"), level(entry))).collect()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cases")
}
