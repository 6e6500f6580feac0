//! A file that a sweep goes on with where it has stopped.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::plan::Plan;
use super::row::{Format, names, parameters};
use crate::failure::Failure;

/// Longest line that is read, with the command line of a sweep in it.
const MAX_LINE_BYTES: u64 = 4 * 1024 * 1024;

/// The file at `path`, ready for the next row of its sweep, and how many rows it has.
///
/// # Errors
/// It cannot be read or written, another process writes to it, or it is not of this sweep.
pub(super) fn open(
    path: &Path,
    format: Format,
    plan: &Plan,
    head: &str,
) -> Result<(File, u64), Failure> {
    let failed = |error: io::Error| Failure::work(path.display(), error);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(Failure::Usage(format!(
                "another process writes to {}: wait for its end, or name another file",
                path.display()
            )));
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    let kept = Kept::read(&file, format, plan, head, &path.display().to_string())?;
    file.set_len(kept.bytes).map_err(failed)?;
    file.seek(SeekFrom::End(0)).map_err(failed)?;
    if kept.bytes == 0 {
        file.write_all(head.as_bytes()).map_err(failed)?;
    }
    Ok((file, kept.rows))
}

/// How much of a file stays: whole lines of the sweep.
#[derive(Debug, PartialEq, Eq)]
struct Kept {
    bytes: u64,
    rows: u64,
}

impl Kept {
    fn read(
        file: &File,
        format: Format,
        plan: &Plan,
        head: &str,
        name: &str,
    ) -> Result<Self, Failure> {
        let mut lines = Lines { reader: BufReader::new(file), bytes: 0 };
        let cannot_read = |error: io::Error| Failure::work(name, error);
        let mut first = Vec::new();
        for number in 0..format.head_lines() {
            let Some(line) = lines.next().map_err(cannot_read)? else {
                // Nothing, or what a sweep had written of its beginning when it was killed.
                let begun = beginning(file, head.len() as u64).map_err(cannot_read)?;
                return if head.as_bytes().starts_with(&begun) {
                    Ok(Self { bytes: 0, rows: 0 })
                } else {
                    Err(no_sweep(name))
                };
            };
            first.push(line);
            if number == 0 {
                check_plan(format.plan(&first[0]), plan, name)?;
            } else if head.lines().nth(number) != Some(&first[number]) {
                return Err(no_sweep(name));
            }
        }
        let (rows, results) = (plan.rows()?, names(plan.features).len());
        let mut kept = Self { bytes: lines.bytes, rows: 0 };
        while let Some(line) = lines.next().map_err(cannot_read)? {
            let is_its = kept.rows < rows && {
                let params = plan.params(kept.rows)?;
                format.is_row(&line, &parameters(plan, &params), results)
            };
            if !is_its {
                return Err(Failure::Usage(format!(
                    "row {} of {name} is not the one that its sweep has there, so nothing is added: \
                     name another file, or remove it",
                    kept.rows + 1
                )));
            }
            kept = Self { bytes: lines.bytes, rows: kept.rows + 1 };
        }
        Ok(kept)
    }
}

fn check_plan(recorded: Option<Plan>, plan: &Plan, name: &str) -> Result<(), Failure> {
    match recorded {
        Some(recorded) if recorded == *plan => Ok(()),
        Some(recorded) => Err(Failure::Usage(format!(
            "{name} has the rows of another sweep, {recorded}: name another file, or remove it"
        ))),
        None => Err(no_sweep(name)),
    }
}

fn no_sweep(name: &str) -> Failure {
    Failure::Usage(format!(
        "{name} is there, and is not what a sweep in this format writes: name another file, or \
         remove it"
    ))
}

/// The whole lines of a file. What follows the last of them is left.
struct Lines<R> {
    reader: R,
    /// Of the lines so far.
    bytes: u64,
}

impl<R: io::BufRead> Lines<R> {
    /// The next line without its end. One that is too long, or no text, is none of a sweep.
    fn next(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let read = self.reader.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Ok(None);
        }
        self.bytes += read as u64;
        Ok(Some(String::from_utf8_lossy(&line).into_owned()))
    }
}

/// The beginning of a file, and a byte more if it goes on.
fn beginning(mut file: &File, length: u64) -> io::Result<Vec<u8>> {
    let mut beginning = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(length + 1).read_to_end(&mut beginning)?;
    Ok(beginning)
}
