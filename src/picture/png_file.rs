//! Where a picture goes.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use mfn_output::{Output, STANDARD_OUTPUT};

use super::canvas::Canvas;
use crate::failure::Failure;

/// The file for a picture, or standard output. It is looked at before what the
/// picture shows is computed, so that nobody waits for a picture that cannot be
/// written, and is written at the end, so that an older one is not lost before.
pub(crate) struct PngFile {
    path: PathBuf,
    output: Output,
}

impl PngFile {
    /// The file at `path`, which `flag` names; `json` tells whether standard output
    /// takes JSON.
    ///
    /// # Errors
    /// It is named as if it were no PNG file, is a terminal, cannot be written, or is
    /// standard output and not free.
    pub(crate) fn open(flag: &str, path: &Path, json: bool) -> Result<Self, Failure> {
        let output = Output::open(path).map_err(|error| cannot_write(path, &error))?;
        if output.is_standard_output() && json {
            return Err(Failure::Usage(format!(
                "{flag} {} and --json would both write to standard output: name a file for the \
                 picture",
                path.display()
            )));
        }
        if output.is_terminal() {
            return Err(Failure::Usage(format!(
                "{flag} would draw to a terminal, which shows no PNG: name a file, or send standard \
                 output to one"
            )));
        }
        if output.is_file() && !may_be_png(path) {
            return Err(Failure::Usage(format!(
                "{flag} writes PNG, and the name '{}' says otherwise: let it end in .png, have no \
                 ending, or be {STANDARD_OUTPUT} for standard output",
                path.display()
            )));
        }
        Ok(Self { path: path.to_owned(), output })
    }

    /// Where it goes.
    pub(crate) fn output(&self) -> &Output {
        &self.output
    }

    /// # Errors
    /// It cannot be written, or not to its end.
    pub(crate) fn write(self, picture: &Canvas) -> Result<(), Failure> {
        let written = self.output.write(&picture.to_png());
        written.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::NobodyReads,
            _ => cannot_write(&self.path, &error),
        })
    }
}

/// Whether a file so named may hold a PNG picture: a name without an ending says
/// nothing.
fn may_be_png(path: &Path) -> bool {
    path.extension().is_none_or(|ending| ending.eq_ignore_ascii_case(OsStr::new("png")))
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::work(format_args!("cannot write {}", path.display()), error)
}
