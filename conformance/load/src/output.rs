//! Where the report goes.

use std::fmt::Display;
use std::io;
use std::path::Path;

use mfn_output::Output;
use serde::Serialize;

use super::options::Format;
use crate::Failure;

/// The file at `path`, or standard output. It is looked at before the load, so that
/// the load is not made in vain.
///
/// # Errors
/// It cannot be written.
pub(super) fn open(path: Option<&Path>) -> Result<Output, Failure> {
    let Some(path) = path else { return Ok(Output::standard()) };
    Output::open(path).map_err(|error| {
        Failure::CouldNotRun(format!("cannot write the report to '{}': {error}", path.display()))
    })
}

/// Writes the report. Whoever does not read it still learns the exit code.
///
/// # Errors
/// It cannot be written.
pub(super) fn write<R: Display + Serialize>(
    output: Output,
    report: &R,
    format: Format,
) -> Result<(), Failure> {
    let cannot_write =
        |error: &dyn Display| Failure::CouldNotRun(format!("cannot write the report: {error}"));
    let text = match format {
        Format::Text => report.to_string(),
        Format::Json => {
            serde_json::to_string_pretty(report).map_err(|error| cannot_write(&error))? + "\n"
        }
    };
    match output.write(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(cannot_write(&error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
