//! A report for programs, as JSON.

use std::io;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::Report;
use super::summary::{Counts, Summary};

/// Version of the format: in the second, `came` has become `actual`.
const SCHEMA_VERSION: u32 = 2;

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
    #[serde(flatten)]
    report: &'a Report,
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
