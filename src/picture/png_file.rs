//! Where a picture goes.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use super::canvas::Canvas;
use crate::failure::Failure;

/// The file for a picture. It is created before what the picture shows is
/// computed, so that nobody waits for a picture that cannot be written.
pub(crate) struct PngFile<'a> {
    path: &'a Path,
    file: File,
}

impl<'a> PngFile<'a> {
    /// A new file, in the place of one that is there.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn create(path: &'a Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|error| failure(path, &error))?;
        Ok(Self { path, file })
    }

    /// # Errors
    /// It cannot be written, or not to its end.
    pub(crate) fn write(mut self, picture: &Canvas) -> Result<(), Failure> {
        let written = self.file.write_all(&picture.to_png());
        written.map_err(|error| failure(self.path, &error))
    }
}

fn failure(path: &Path, error: &io::Error) -> Failure {
    Failure::work(format_args!("cannot write {}", path.display()), error)
}
