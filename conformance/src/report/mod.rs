//! What a run comes to, for people and for programs.
//!
//! [`summary`] judges; [`table`] is for a terminal, [`html`] for a browser,
//! [`json`] for programs, [`junit`] for what shows tests of a CI, [`github`] for
//! actions of GitHub. [`groups`] puts together what failed alike. Each of these
//! writes a whole [`Report`], with the texts that came from a server as
//! `printable` leaves them.

mod colour;
mod duration;
mod failure;
pub mod github;
pub mod groups;
pub mod html;
pub mod json;
mod judgement;
pub mod junit;
mod markdown;
mod printable;
pub mod summary;
pub mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::case::{Level, Profile};
use crate::verdict::Outcome;

pub use colour::Colour;

/// Where the pages of the specification are, in the project's own tree.
pub const SPEC_FOLDER: &str = "spec";

/// Digits of a hash that people are shown: enough to tell two apart.
const HASH_DIGITS: usize = 12;

/// Everything about a run. Each form of a report is made of this.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Report {
    /// Version of the suite.
    pub suite: String,
    /// Version of the specification that its cases are of.
    pub spec: String,
    /// SHA-256 of all cases and golden answers, in hexadecimal digits.
    pub fixtures_sha256: String,
    /// What decided the choices by chance: `--seed` makes them again.
    pub seed: u64,
    /// What was called: an address, or the command that was spawned.
    pub target: String,
    /// Start of the run: RFC 3339 in UTC.
    pub started_at: String,
    /// How long it took.
    pub duration_ms: u64,
    /// How many MUSTs the suite has in each profile, chosen or not: a run of some
    /// of them shows nothing about conformance.
    pub musts_of_suite: BTreeMap<Profile, usize>,
    /// All tests that were chosen, in the order of the cases.
    pub results: Vec<Record>,
    /// What is wrong with the list of known failures, a sentence each.
    pub known_failing_faults: Vec<String>,
    /// Whether the run has failed where a profile is not shown to be conformant.
    pub requires_conformance: bool,
    /// Servers that were left running, and where their files are, a sentence each.
    pub left_running: Vec<String>,
}

/// One test of a run.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Record {
    /// `profile/case`.
    pub name: String,
    /// Id of the case.
    pub case: String,
    /// What holds if it passes.
    pub title: String,
    /// The profile that it was run for.
    pub profile: Profile,
    /// How much it weighs.
    pub level: Level,
    /// The requirements that it shows, with their sentences.
    pub shows: Vec<Requirement>,
    /// How long it took.
    pub duration_ms: u64,
    /// What it came to.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// A requirement of the specification.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Requirement {
    /// Such as `MFN-SIM-004`.
    pub id: String,
    /// Its level.
    pub level: Level,
    /// Its first paragraph on its page, in Markdown.
    pub text: String,
    /// Its page in `spec/`, such as `simulation.md`.
    pub page: String,
    /// Where its sentence is: the page, and the heading above it.
    pub link: String,
}

impl Report {
    /// Has requirements link to the pages of the specification at this address.
    pub fn link_to_spec(&mut self, address: &str) {
        let address = address.trim_end_matches('/');
        for requirement in self.results.iter_mut().flat_map(|record| &mut record.shows) {
            if let Some(link) = requirement.link.strip_prefix(SPEC_FOLDER) {
                requirement.link = format!("{address}{link}");
            }
        }
    }

    /// The fixtures as people are told of them: the first digits of their hash.
    fn fixtures_id(&self) -> String {
        self.fixtures_sha256.chars().take(HASH_DIGITS).collect()
    }
}
