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
    files!["words", "simulation", "statistics", "features", "validation", "streams"];

/// What the answer to a case must be.
#[derive(Clone, Debug)]
pub struct GoldenAnswer {
    /// Its messages in their order: proto3 JSON with the names of the proto, fields
    /// at their default included, without `request_id` and `meta`.
    pub messages: Vec<Map<String, Value>>,
}

impl GoldenAnswer {
    /// One of these messages.
    #[must_use]
    pub fn new(messages: Vec<Map<String, Value>>) -> Self {
        Self { messages }
    }

    /// How a field of its messages is compared.
    #[must_use]
    pub fn class_of(&self, name: &str) -> Class {
        CLASSES.get(name).copied().unwrap_or(Class::Exact)
    }
}

/// What the answer to this case must be, if there is a golden one.
#[must_use]
pub fn answer(case_id: &str) -> Option<&'static GoldenAnswer> {
    ANSWERS.get(case_id)
}

/// Ids of all cases with a golden answer, in order.
pub fn case_ids() -> impl Iterator<Item = &'static str> {
    ANSWERS.keys().map(String::as_str)
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

static ANSWERS: LazyLock<BTreeMap<String, GoldenAnswer>> = LazyLock::new(|| {
    let files = CONTENT.iter();
    let answers = files.flat_map(|file| &file.answers);
    answers.map(|(id, answer)| (id.clone(), GoldenAnswer::new(answer.messages.clone()))).collect()
});

/// A field is of the same class in every message that has it.
static CLASSES: LazyLock<BTreeMap<&str, Class>> = LazyLock::new(|| {
    let classes = CONTENT.iter().flat_map(|file| &file.classes);
    classes.map(|(name, class)| (name.as_str(), *class)).collect()
});

/// What is read of a file. The rest is for people.
#[derive(Deserialize)]
struct File {
    classes: BTreeMap<String, Class>,
    answers: BTreeMap<String, Answer>,
}

#[derive(Deserialize)]
struct Answer {
    messages: Vec<Map<String, Value>>,
}
