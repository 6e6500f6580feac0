//! The reports of a run beside its table, each in a file of its own.

use std::io;
use std::path::{Path, PathBuf};

use conformance::report::Report;
use conformance_load::Failure;
use mfn_output::Output;

/// What writes a report in one of its forms.
pub(super) type Writer = fn(&Report, &mut Vec<u8>) -> io::Result<()>;

/// The files that were asked for. They are looked at before the run, so that it is
/// not made in vain, and written after it, so that older ones are not lost before.
pub(super) struct Reports(Vec<File>);

struct File {
    flag: &'static str,
    path: PathBuf,
    output: Output,
    write: Writer,
}

impl Reports {
    /// Those of `wanted` that have a path, each with the flag that names it.
    ///
    /// # Errors
    /// One cannot be written, or two would be written to the same place.
    pub(super) fn open<const N: usize>(
        wanted: [(&'static str, Option<&Path>, Writer); N],
    ) -> Result<Self, Failure> {
        let mut files: Vec<File> = Vec::new();
        for (flag, path, write) in wanted {
            let Some(path) = path.map(Path::to_owned) else { continue };
            let output = Output::open(&path).map_err(|error| cannot_write(&path, &error))?;
            let is_taken = |other: &&File| {
                let both_print = other.output.is_standard_output() && output.is_standard_output();
                other.path == path || both_print
            };
            if let Some(other) = files.iter().find(is_taken) {
                return Err(Failure::Usage(format!(
                    "{} and {flag} would both write to '{}': give each a file of its own",
                    other.flag,
                    path.display()
                )));
            }
            files.push(File { flag, path, output, write });
        }
        Ok(Self(files))
    }

    /// Where they go.
    pub(super) fn outputs(&self) -> impl Iterator<Item = &Output> {
        self.0.iter().map(|file| &file.output)
    }

    /// Writes `report` to each.
    ///
    /// # Errors
    /// One cannot be written. That nobody reads it is none: the exit code still
    /// tells what the run came to.
    pub(super) fn write(self, report: &Report) -> Result<(), Failure> {
        for File { path, output, write, .. } in self.0 {
            let mut bytes = Vec::new();
            let written = write(report, &mut bytes).and_then(|()| output.write(&bytes));
            match written {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    return Err(cannot_write(&path, &error));
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::CouldNotRun(format!("cannot write '{}': {error}", path.display()))
}
