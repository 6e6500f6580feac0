//! The numbers that answers must have: `fixtures/golden`, which is part of the
//! program.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::numbers::Class;

/// The files by their subjects, which are those of the case files.
macro_rules! files {
    ($($subject:literal),* $(,)?) => {
        &[$(($subject, include_str!(concat!("../../fixtures/golden/", $subject, ".json")))),*]
    };
}

/// Every file of golden answers: its subject and its text.
pub const FILES: &[(&str, &str)] =
    files!["words", "simulation", "statistics", "features", "validation", "streams", "web"];

/// What the answer to a case must be.
#[derive(Clone, Debug, Deserialize)]
pub struct GoldenAnswer {
    /// Its messages in their order: proto3 JSON with the names of the proto, fields
    /// at their default included, without `request_id` and `meta`.
    pub messages: Vec<Map<String, Value>>,
}

/// What the answer to this case must be, if there is a golden one.
#[must_use]
pub fn answer(case_id: &str) -> Option<&'static GoldenAnswer> {
    CONTENT.iter().find_map(|file| file.answers.get(case_id))
}

/// Ids of all cases with a golden answer, by their files.
pub fn case_ids() -> impl Iterator<Item = &'static str> {
    CONTENT.iter().flat_map(|file| file.answers.keys()).map(String::as_str)
}

/// How a field is compared, in every message that has it.
#[must_use]
pub fn class_of(name: &str) -> Class {
    CONTENT.iter().find_map(|file| file.classes.get(name)).copied().unwrap_or(Class::Exact)
}

static CONTENT: LazyLock<Vec<File>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(subject, text)| {
            serde_json::from_str(text)
                .unwrap_or_else(|error| panic!("fixtures/golden/{subject}.json: {error}"))
        })
        .collect()
});

/// What is read of a file. The rest is for people.
#[derive(Deserialize)]
struct File {
    classes: BTreeMap<String, Class>,
    answers: BTreeMap<String, GoldenAnswer>,
}
