//! `conformance run`: the tests, against a server.

use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;
use conformance::options::Options;
use conformance::report::table::{self, Detail};
use conformance::report::{Colour, Report, SPEC_FOLDER, github, html, json, junit};
use conformance::run::{Run, Test, all_tests};
use conformance::servers::Servers;
use conformance_load::Failure;
use indicatif::{ProgressBar, ProgressStyle};
use mfn_output::Output;
use tokio::runtime::Runtime;

use super::reports::{Reports, Writer};

/// Said where neither is given.
const NO_TARGET: &str = "\
there is nothing to test: name a server with --target http://HOST:PORT, or a command that starts one \
with --spawn 'mfn serve'";

/// Run the tests against a server, and say what it is conformant in
#[derive(Args, Debug)]
#[command(after_help = "\
A report's FILE may be '-', for standard output; the table then goes to standard error. The exit
code is 0 if no MUST failed or ended in an error. It is 1 if one did, if no test ran, if a test
passed that the list of known failures has, if a line of this list matches nothing, if
--require-conformant was given and a profile is not shown, or if the table cannot be written. It is 2 if nothing could be tested (no server answers, or the command starts
none), if a report cannot be written, or if the run was stopped.

Examples:
  conformance run --target http://localhost:50051
  conformance run --target http://localhost:50051 --api-key a-key,another-key
  conformance run --target https://localhost:50051 --ca ca.pem --profile wire,numeric
  conformance run --spawn 'python server.py' --known-failing failing.txt
  conformance run --spawn 'mfn serve' --json report.json --junit report.xml --html report.html
  conformance run --spawn 'mfn serve' --github --spec-url https://example.org/mfn/spec")]
pub(crate) struct RunSuite {
    #[command(flatten)]
    options: Options,

    /// Write the report as JSON; its schema is conformance/report.schema.json
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Write it as XML of `JUnit`
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Write it as one page of HTML
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Show each failure in full, also those that are alike
    #[arg(long)]
    verbose: bool,

    /// Fail unless the server is conformant in each profile of which a test was chosen
    #[arg(long)]
    require_conformant: bool,

    /// Print annotations of GitHub too, and append a summary to the file in `GITHUB_STEP_SUMMARY`
    #[arg(long)]
    github: bool,

    /// Where the pages of the specification are, for links to a requirement's sentence
    #[arg(long, value_name = "URL", default_value = SPEC_FOLDER)]
    spec_url: String,
}

impl RunSuite {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let files = Reports::open([
            ("--json", self.json.as_deref(), json::write as Writer),
            ("--junit", self.junit.as_deref(), junit::write),
            ("--html", self.html.as_deref(), html::write),
        ])?;
        let mut report = self.report()?;
        report.link_to_spec(&self.spec_url);
        report.requires_conformance = self.require_conformant;
        let out = Output::beside(files.outputs());
        files.write(&report)?;
        if self.github {
            append_step_summary(&report)?;
        }
        let text = self.text(&report, out.is_terminal());
        match out.write(text.as_bytes()).map_err(|error| Failure::of_output(&error)) {
            // Whoever does not read the table still learns the exit code.
            Ok(()) | Err(Failure::NobodyReads) => {}
            Err(failure) => return Err(failure),
        }
        if report.failed() { Err(Failure::Said) } else { Ok(()) }
    }

    /// What is printed for people, and for GitHub.
    fn text(&self, report: &Report, is_terminal: bool) -> String {
        let colour = Colour::wanted(is_terminal, env::var_os("NO_COLOR").as_deref());
        let detail = if self.verbose { Detail::Each } else { Detail::Grouped };
        let table = table::text(report, colour, detail);
        if self.github { github::not_obeyed(&table) + &github::annotations(report) } else { table }
    }

    fn report(&self) -> Result<Report, Failure> {
        let options = &self.options;
        let target = options.target().map_err(Failure::Usage)?;
        let target = target.ok_or_else(|| Failure::Usage(NO_TARGET.to_owned()))?;
        let known_failing = options.known_failing().map_err(Failure::Usage)?;
        let tests = all_tests().map_err(|error| Failure::CouldNotRun(error.to_string()))?;
        let selection = options.selection();
        let tests: Vec<Test> = tests.into_iter().filter(|test| selection.has(test)).collect();
        let servers = Servers::new(target, options.timeout())
            .map_err(|error| cannot("write files for the servers", &error))?;
        let run = Run::new(servers, options.timeout(), known_failing)
            .with_jobs(options.jobs())
            .with_draws(options.draws());
        let runtime = Runtime::new().map_err(|error| cannot("start", &error))?;
        let ready = run.ready(options.ready_within());
        runtime.block_on(unless_stopped(&run, ready))?.map_err(|why| nothing(&why))?;
        let bar = progress(tests.len());
        let running = run.report(&tests, |record| {
            bar.inc(1);
            bar.set_message(record.name.clone());
        });
        let report = runtime.block_on(unless_stopped(&run, running))?;
        bar.finish_and_clear();
        Ok(report)
    }
}

/// What `work` comes to, if no signal ends the run before.
async fn unless_stopped<T>(run: &Run, work: impl Future<Output = T>) -> Result<T, Failure> {
    tokio::select! {
        // Signals are heeded before the first server is called, or started: it would be left.
        biased;
        _ = run.end_with_a_signal() => Err(Failure::CouldNotRun("it was stopped".to_owned())),
        done = work => Ok(done),
    }
}

/// Drawn where standard error is a terminal, and nowhere else.
fn progress(tests: usize) -> ProgressBar {
    let bar = ProgressBar::new(tests as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn nothing(why: &str) -> Failure {
    Failure::CouldNotRun(format!("nothing can be tested: {why}"))
}

/// The file is GitHub's: each step has one, and several commands of a step may append to it.
fn append_step_summary(report: &Report) -> Result<(), Failure> {
    let Some(path) = env::var_os("GITHUB_STEP_SUMMARY") else { return Ok(()) };
    let file = OpenOptions::new().append(true).create(true).open(&path);
    file.and_then(|mut file| file.write_all(github::step_summary(report).as_bytes()))
        .map_err(|error| cannot(&format!("write '{}'", path.display()), &error))
}

fn cannot(what: &str, error: &io::Error) -> Failure {
    Failure::CouldNotRun(format!("cannot {what}: {error}"))
}
