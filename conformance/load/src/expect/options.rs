//! Where expectations are given: on the command line, and in a file.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

use super::{Expectation, Names};
use crate::{Failure, values};

/// Most expectations of a run.
const MAX_EXPECTATIONS: usize = 100;
/// Longest file of them, in bytes.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// The flags.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Expect {
    /// Those of the command line.
    #[arg(long = "expect", value_name = "EXPECTATION")]
    #[arg(help = "What a figure must be, such as 'p99_ms <= 5'; may be given several times")]
    list: Vec<Expectation>,

    /// A file with more of them.
    #[arg(long = "expect-file", value_name = "FILE")]
    #[arg(help = "TOML file with more of them: expect = [\"p99_ms <= 5\", \"error_rate == 0\"]")]
    file: Option<PathBuf>,
}

/// A file of expectations.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectFile {
    expect: Vec<String>,
}

impl Expect {
    /// All expectations, those of the file last. They name figures that there are.
    ///
    /// # Errors
    /// The file cannot be read or is no such file, one is no expectation, or there
    /// are too many.
    pub(crate) fn read(&self, names: &Names) -> Result<Vec<Expectation>, Failure> {
        for Expectation { figure, .. } in &self.list {
            names.check(figure).map_err(|why| Failure::Usage(format!("--expect: {why}")))?;
        }
        let mut all = self.list.clone();
        if let Some(path) = &self.file {
            all.extend(read_file(path, names)?);
        }
        if all.len() > MAX_EXPECTATIONS {
            let count = all.len();
            return Err(Failure::Usage(format!(
                "there are {count} expectations, allowed are {MAX_EXPECTATIONS}"
            )));
        }
        Ok(all)
    }
}

fn read_file(path: &Path, names: &Names) -> Result<Vec<Expectation>, Failure> {
    let bad = |why: &dyn Display| {
        Failure::Usage(format!("the file of expectations, '{}', {why}", path.display()))
    };
    let text = values::file(path, MAX_FILE_BYTES).map_err(|why| bad(&why))?;
    let ExpectFile { expect } =
        toml::from_str(&text).map_err(|error| bad(&format!("is none: {error}")))?;
    let parsed = expect.iter().map(|text| {
        let expectation: Expectation =
            text.parse().map_err(|why| bad(&format!("has '{text}': {why}")))?;
        names.check(&expectation.figure).map_err(|why| bad(&format!("has '{text}': {why}")))?;
        Ok(expectation)
    });
    parsed.collect()
}
