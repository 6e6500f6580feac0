//! Where the rows of a sweep go.

use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use mfn_output::{Output, STANDARD_OUTPUT};

use super::computation::Part;
use super::file;
use super::plan::Plan;
use super::row::{self, Format};
use crate::failure::Failure;
use crate::result_file::cannot_write;

const TEMPLATE: &str = "{wide_bar} {human_pos} of {human_len} rows, {eta} left";

/// Rows in one format, each once, in their order.
pub(super) struct Table {
    pub(super) format: Format,
    out: Box<dyn Write>,
    path: PathBuf,
    /// Whether it is a file, which the same command goes on with.
    is_file: bool,
    /// How many are written, and how many there are to be.
    pub(super) rows: u64,
    pub(super) of: u64,
}

impl Table {
    /// The table of a plan, with the rows that a file has already; there are to be `of`.
    ///
    /// # Errors
    /// It cannot be written, or what is there is something else.
    pub(super) fn open(
        plan: &Plan,
        of: u64,
        csv: Option<&Path>,
        ndjson: Option<&Path>,
    ) -> Result<Self, Failure> {
        let (format, path) = match (csv, ndjson) {
            (_, Some(path)) => (Format::Ndjson, path),
            (path, None) => (Format::Csv, path.unwrap_or(Path::new(STANDARD_OUTPUT))),
        };
        let output = Output::open(path).map_err(|error| cannot_write(path, error))?;
        let is_file = output.is_file();
        if is_file {
            format.file().check_ending(path)?;
        }
        let columns = row::columns(plan)?;
        let head = format.head(plan, &columns);
        let (out, rows): (Box<dyn Write>, _) = match output.into_stream() {
            None => {
                let (file, rows) = file::open(path, format, plan, &head)?;
                (Box::new(file), rows)
            }
            Some(mut out) => {
                out.write_all(head.as_bytes()).map_err(|error| cannot_write(path, error))?;
                (out, 0)
            }
        };
        Ok(Self { format, out, path: path.to_owned(), is_file, rows, of })
    }

    /// Writes some parts, up to the first that has failed.
    ///
    /// # Errors
    /// That one's, or they cannot be written.
    pub(super) fn add(&mut self, parts: Vec<Result<Part, Failure>>) -> Result<(), Failure> {
        let (mut text, mut rows, mut failed) = (Vec::new(), 0, Ok(()));
        for part in parts {
            match part {
                Ok(part) => {
                    text.extend(part.text);
                    rows += part.rows;
                }
                Err(failure) => {
                    failed = Err(failure);
                    break;
                }
            }
        }
        let written = self.out.write_all(&text).and_then(|()| self.out.flush());
        written.map_err(|error| cannot_write(&self.path, error))?;
        self.rows += rows;
        failed
    }

    /// On a terminal that the rows do not go to.
    pub(super) fn bar(&self) -> ProgressBar {
        let shows_rows = !self.is_file && io::stdout().is_terminal();
        let target =
            if shows_rows { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(self.of), target)
            .with_finish(ProgressFinish::AndClear);
        bar.set_style(ProgressStyle::with_template(TEMPLATE).expect("the template is well-formed"));
        // The time that is left is told by the rows of this run.
        bar.set_position(self.rows);
        bar.reset_eta();
        bar
    }

    /// What was done, and how it goes on.
    pub(super) fn with_advice(&self, failure: Failure) -> Failure {
        let (rows, of) = (self.rows, self.of);
        failure.followed_by(&if self.is_file {
            format!(
                "{rows} of {of} rows are in {}, and the same command goes on after them",
                self.path.display()
            )
        } else {
            format!("{rows} of {of} rows were written; with a file it could go on after them")
        })
    }

    /// Tells a person, unless the rows have gone to where that would be said. So many rows had
    /// `begun` it.
    pub(super) fn say_what_is_in_it(&self, begun: u64) -> Result<(), Failure> {
        if !self.is_file {
            return Ok(());
        }
        let (rows, file) = (self.of, self.path.display());
        let before = match begun {
            0 => String::new(),
            all if all == rows => ", all of them from before".to_owned(),
            some => format!(", {some} of them from before"),
        };
        Ok(writeln!(io::stdout(), "{rows} rows are in {file}{before}")?)
    }
}
