//! The counting, and the file of counts.

use std::error::Error;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use mfn_benches::counts::{Counts, Environment};

use crate::{valgrind, work};

/// Counts all works, each in a process of its own.
pub(crate) fn measure() -> Result<Counts, Box<dyn Error>> {
    let environment = environment()?;
    let counts = work::ALL
        .iter()
        .map(|work| Ok((work.name.to_owned(), valgrind::instructions(work.name, work.times)?)));
    Ok(Counts { environment, counts: counts.collect::<Result<_, Box<dyn Error>>>()? })
}

/// The counts that stand in the tree.
pub(crate) fn recorded() -> Result<Counts, Box<dyn Error>> {
    let text = fs::read_to_string(file()).map_err(|error| at_file(&error))?;
    serde_json::from_str(&text).map_err(|error| at_file(&error).into())
}

pub(crate) fn record(counts: &Counts) -> Result<(), Box<dyn Error>> {
    let text = serde_json::to_string_pretty(counts)? + "\n";
    fs::write(file(), text).map_err(|error| at_file(&error).into())
}

fn environment() -> Result<Environment, String> {
    Ok(Environment {
        rustc: version("rustc")?,
        c_library: version("ldd")?,
        valgrind: version("valgrind")?,
        instruction_set: work::instruction_set().name().to_owned(),
    })
}

/// The first line of what `program` says of its version.
fn version(program: &str) -> Result<String, String> {
    let output = Command::new(program).arg("--version").output();
    let output = output.map_err(|error| format!("{program} --version: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next().ok_or_else(|| format!("{program} does not say its version"))?;
    Ok(line.to_owned())
}

fn file() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "instructions", "counts.json"].iter().collect()
}

fn at_file(error: &dyn fmt::Display) -> String {
    format!("{}: {error}", file().display())
}
