//! Where the report goes.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use super::options::Format;
use super::report::Report;
use crate::Failure;

/// A file, which is made before the load so that it is not made in vain, or
/// standard output.
#[derive(Debug)]
pub(super) enum Destination<'a> {
    File(File, &'a Path),
    StandardOutput,
}

impl<'a> Destination<'a> {
    /// `file`, which is emptied, or standard output.
    ///
    /// # Errors
    /// The file cannot be made.
    pub(super) fn open(file: Option<&'a Path>) -> Result<Self, Failure> {
        let Some(path) = file else { return Ok(Self::StandardOutput) };
        let file = File::create(path).map_err(|error| cannot_write(path, &error))?;
        Ok(Self::File(file, path))
    }

    /// Writes the report.
    ///
    /// # Errors
    /// It cannot be written, or nobody reads it.
    pub(super) fn write(self, report: &Report, format: Format) -> Result<(), Failure> {
        let text = match format {
            Format::Text => report.to_string(),
            Format::Json => json(report)?,
        };
        match self {
            Self::File(mut file, path) => {
                file.write_all(text.as_bytes()).map_err(|error| cannot_write(path, &error))
            }
            Self::StandardOutput => print(&text).map_err(|error| match error.kind() {
                io::ErrorKind::BrokenPipe => Failure::NobodyReads,
                _ => Failure::Work(format!("cannot write to standard output: {error}")),
            }),
        }
    }
}

fn json(report: &Report) -> Result<String, Failure> {
    let json = serde_json::to_string_pretty(report);
    Ok(json.map_err(|error| Failure::Work(format!("cannot write the report: {error}")))? + "\n")
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::Work(format!("cannot write the report to '{}': {error}", path.display()))
}
