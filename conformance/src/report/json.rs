//! A report for programs, as JSON.

use std::io;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::Report;
use super::groups::Group;
use super::summary::{Counts, Summary};
use crate::verdict::{Outcome, Verdict};

/// Version of the format: in the second, `came` has become `actual`; in the third, `repeat` has
/// become a list.
const SCHEMA_VERSION: u32 = 3;

/// A report with what it comes to.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(title = "Report of the MFN conformance suite")]
struct Document<'a> {
    /// Version of this format. It is raised when a key is renamed or removed.
    schema_version: u32,
    /// Whether the run as a whole failed.
    failed: bool,
    /// Why it failed, a sentence each.
    faults: Vec<String>,
    /// What should be looked at although it fails no run, a sentence each.
    warnings: Vec<String>,
    /// What it comes to in each profile.
    summaries: Vec<Summary>,
    /// All tests by verdict.
    counts: Counts,
    /// What failed, expected or not, was an error, or passed unexpectedly: by what it has in
    /// common.
    causes: Vec<Cause<'a>>,
    #[serde(flatten)]
    report: &'a Report,
}

/// Tests that failed alike.
#[derive(Debug, JsonSchema, Serialize)]
struct Cause<'a> {
    /// What they came to.
    verdict: Verdict,
    /// Why the first of them did, in one sentence.
    reason: Option<&'a str>,
    /// Their names.
    tests: Vec<&'a str>,
}

impl<'a> Cause<'a> {
    fn of(group: &Group<'a>) -> Self {
        let Outcome { verdict, reason, .. } = &group.first.outcome;
        let tests = group.records().map(|record| record.name.as_str()).collect();
        Self { verdict: *verdict, reason: reason.as_deref(), tests }
    }
}

/// Writes `report` as one JSON object, which the schema of [`schema`] describes.
///
/// # Errors
///
/// When `out` cannot be written to.
pub fn write(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    let report = report.cut();
    let document = Document {
        schema_version: SCHEMA_VERSION,
        failed: report.failed(),
        faults: report.faults(),
        warnings: report.warnings(),
        summaries: report.summaries(),
        counts: report.counts(),
        causes: report.groups().iter().map(Cause::of).collect(),
        report: &report,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// The JSON Schema of what [`write()`] writes, as in `report.schema.json`.
#[must_use]
pub fn schema() -> Schema {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Document<'_>>()
}
