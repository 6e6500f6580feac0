//! `conformance-mutants`: the test of the suite itself.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser};
use conformance::run::{Pattern, Test, all_tests};
use conformance_mutants::catalogue::{Catalogue, workspace_root};
use conformance_mutants::mutant::Mutant;
use conformance_mutants::tree::{self, TreeError};
use conformance_mutants::trial::{self, Tried};
use indicatif::{ProgressBar, ProgressStyle};
use mfn_output::Output;
use tokio::runtime::Runtime;

/// Test the suite: break one requirement of the reference after another, and see each caught
#[derive(Debug, Parser)]
#[command(name = "conformance-mutants", version, max_term_width = 100)]
#[command(after_help = "\
It needs the repository that it was built in, and builds the reference there with all mutants in it,
into target/mutants. The exit code is 1 if a mutant was not caught, or failed cases that have nothing
to do with it.")]
struct Cli {
    /// Only mutants whose id this pattern matches; `*` is any text; may be given several times
    #[arg(long, value_name = "PATTERN")]
    run: Vec<Pattern>,

    /// Write the matrix as JSON; if it is '-', to standard output, and the table to standard error
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Only list the mutants
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            tell(format_args!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    /// Whether every mutant was caught, by cases of what it breaks alone.
    fn run(self) -> Result<bool, Box<dyn Error>> {
        let catalogue = Catalogue::load()?;
        let is_chosen = |mutant: &&Mutant| {
            self.run.is_empty() || self.run.iter().any(|pattern| pattern.matches(&mutant.id))
        };
        let mutants: Vec<_> = catalogue.mutants.iter().filter(is_chosen).cloned().collect();
        if mutants.is_empty() {
            let none = "no mutant is so named: `conformance-mutants --list` shows all";
            Self::command().error(ErrorKind::InvalidValue, none).exit();
        }
        if self.list {
            let list = mutants.iter().fold(String::new(), |list, mutant| {
                let Mutant { id, breaks, what, .. } = mutant;
                list + &format!("{id}\n    {breaks}\n    {what}\n")
            });
            print(Output::standard(), &list)?;
            return Ok(true);
        }
        let json = self.json.as_deref().map(Output::open).transpose();
        let json = json.map_err(|error| format!("the matrix cannot be written: {error}"))?;
        let tests = all_tests()?;
        let runtime = Runtime::new()?;
        let program = program(&catalogue)?;
        unchanged(&runtime, &program, &tests)?;
        let bar = progress(mutants.len());
        let tried = trial::try_all(&program, &mutants, &tests, |tried| match tried {
            Tried::Once(mutant) => {
                bar.inc(1);
                bar.set_message(mutant.id.clone());
            }
            // Where that happens often, the suite depends on what the machine does beside.
            Tried::Again(row) => bar.suspend(|| tell(format_args!("tried again alone: {row}"))),
        });
        let matrix = runtime.block_on(tried)?;
        bar.finish_and_clear();
        let out = Output::beside(&json);
        if let Some(json) = json {
            print(json, &(serde_json::to_string_pretty(&matrix)? + "\n"))?;
        }
        print(out, &format!("{matrix}\n"))?;
        Ok(matrix.holds())
    }
}

/// Whoever does not read it still learns the exit code.
fn print(out: Output, text: &str) -> io::Result<()> {
    match out.write(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Where standard error is closed, the rest must do.
fn tell(what: impl fmt::Display) {
    writeln!(io::stderr(), "{what}").ok();
}

/// Builds the reference with all mutants in it.
fn program(catalogue: &Catalogue) -> Result<PathBuf, TreeError> {
    let root = workspace_root();
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    tell("building the reference with its mutants");
    tree::build(catalogue, &root, &target)
}

/// The same program, as no mutant, must pass: else nothing that fails says
/// anything.
fn unchanged(runtime: &Runtime, program: &Path, tests: &[Test]) -> Result<(), Box<dyn Error>> {
    tell("trying it as no mutant");
    let failed = runtime.block_on(trial::try_unchanged(program, tests, |test| {
        tell(format_args!("tried again alone: {test}, which the reference failed"));
    }))?;
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("the reference itself fails {}", failed.join(", ")).into())
}

/// A bar where standard error is a terminal, and nothing elsewhere.
fn progress(mutants: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(mutants as u64).with_style(style)
}
