//! Where the figures of a bench go, and how it ends.

use std::error::Error;
use std::fmt;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use mfn_output::Output;
use serde::Serialize;

/// The options that every bench has.
#[derive(Args, Debug)]
pub struct ReportOptions {
    /// Write the figures as JSON to this file, or to standard output if it is `-`; cargo starts a
    /// bench in the folder of its package, so a relative path begins there
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// What `cargo bench` tells every bench
    #[arg(long, hide = true)]
    bench: bool,
}

/// Where the lines for people and the figures for programs go.
#[derive(Debug)]
pub struct Report {
    json: Option<Output>,
}

impl ReportOptions {
    /// Looks at the file before anything is measured, so that nothing is measured in
    /// vain.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn open(self) -> Result<Report, Box<dyn Error>> {
        let json = match self.json {
            None => None,
            Some(path) => Some(Output::open(&path).map_err(|error| {
                format!("cannot write the figures to '{}': {error}", path.display())
            })?),
        };
        Ok(Report { json })
    }
}

impl Report {
    /// Whether standard output has the JSON alone, and lines go to standard error.
    #[must_use]
    pub fn lines_go_to_stderr(&self) -> bool {
        self.json.as_ref().is_some_and(Output::is_standard_output)
    }

    /// Prints a line for people.
    ///
    /// # Errors
    /// It cannot be written, or nobody reads it any more.
    pub fn line(&self, line: impl fmt::Display) -> io::Result<()> {
        if self.lines_go_to_stderr() {
            writeln!(io::stderr(), "{line}")
        } else {
            writeln!(io::stdout(), "{line}")
        }
    }

    /// Writes the figures as JSON, if they are asked for.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn finish(self, figures: &impl Serialize) -> Result<(), Box<dyn Error>> {
        if let Some(output) = self.json {
            output.write((serde_json::to_string_pretty(figures)? + "\n").as_bytes())?;
        }
        Ok(())
    }
}

/// The exit code of a bench whose goals are all met, or not, or that has failed:
/// without `check` a missed goal is only printed.
#[must_use]
pub fn exit_code(all_met: Result<bool, Box<dyn Error>>, check: bool) -> ExitCode {
    match all_met {
        Ok(met) if met || !check => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        // A check whose table nobody reads has come to no verdict.
        Err(error) if is_unread(&*error) && !check => ExitCode::SUCCESS,
        Err(error) => {
            writeln!(io::stderr(), "error: {error}").ok();
            ExitCode::FAILURE
        }
    }
}

fn is_unread(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref().is_some_and(|error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe)
}
