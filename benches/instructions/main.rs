//! How many instructions the kernels of the core and whole calls take, counted by
//! valgrind, which unlike a clock counts the same on a machine that is busy.
//!
//! `cargo bench --bench instructions` prints the counts beside those of
//! `counts.json`; with `-- --check` the exit code is 1 if one of them has changed.
//! Counts depend on what compiles the code and on the C library, so those of the
//! file are compared on the environment that it names only. Elsewhere
//! `-- --against HEAD^` counts anew for the parent commit.
#![forbid(unsafe_code)]

mod call;
mod http1;
mod http2;
mod measure;
mod revision;
mod server;
mod valgrind;
mod work;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use mfn_benches::counts::Counts;
use mfn_benches::report::{Report, ReportOptions, exit_code};
use mimalloc::MiMalloc;

/// How many times as much a work may take as another one that does the same with less.
const BOUNDS: [Bound; 4] = [
    Bound { work: "call-with-metrics", than: "call-with-key", most: 1.02 },
    Bound { work: "call-by-grpc-web", than: "call", most: 1.25 },
    Bound { work: "call-by-json", than: "call", most: 2.0 },
    Bound { work: "call-by-json-http1", than: "call", most: 2.0 },
];

/// A bound of a work by another.
struct Bound {
    work: &'static str,
    than: &'static str,
    most: f64,
}

/// As in the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Count the instructions of the core's kernels and of whole calls; needs `valgrind`
#[derive(Parser)]
#[command(bin_name = "cargo bench --bench instructions --")]
struct Options {
    /// Exit with the code 1 if a count has changed by more than half a per cent, to either side
    #[arg(long)]
    check: bool,

    /// Compare with this git revision, counted anew, instead of with the recorded counts
    #[arg(long, value_name = "REVISION", conflicts_with = "record")]
    against: Option<String>,

    /// Record the counts, and what they were counted with, in benches/instructions/counts.json
    #[arg(long, conflicts_with = "check")]
    record: bool,

    #[command(flatten)]
    report: ReportOptions,

    /// Do this work once, and again so many times
    #[arg(long, hide = true, num_args = 2, value_names = ["NAME", "TIMES"])]
    work: Vec<String>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if let [name, times] = &options.work[..] {
        return work::run(name, times);
    }
    let check = options.check;
    exit_code(compare(options), check)
}

/// Prints the counts; whether none has changed.
fn compare(options: Options) -> Result<bool, Box<dyn Error>> {
    let report = options.report.open()?;
    report.line("counting instructions with valgrind")?;
    let counts = measure::measure()?;
    let unchanged = if options.record {
        measure::record(&counts)?;
        true
    } else if let Some(revision) = options.against {
        changes(&report, &counts, &revision::counts(&revision)?, &revision)?
    } else {
        beside_recorded(&report, &counts)?
    };
    let are_cheap = keeps_bounds(&report, &counts)?;
    report.finish(&counts)?;
    Ok(unchanged && are_cheap)
}

/// Whether no work takes more than it may beside another.
fn keeps_bounds(report: &Report, counts: &Counts) -> Result<bool, Box<dyn Error>> {
    let count = |name: &str| counts.counts.get(name).copied().unwrap_or_default() as f64;
    let mut are_kept = true;
    for Bound { work, than, most } in BOUNDS {
        let times = count(work) / count(than);
        report.line(format_args!(
            "{work} takes {times:.3} times as much as {than}; {most} times are allowed"
        ))?;
        are_kept &= times <= most;
    }
    Ok(are_kept)
}

fn beside_recorded(report: &Report, counts: &Counts) -> Result<bool, Box<dyn Error>> {
    let recorded = measure::recorded()?;
    if recorded.environment == counts.environment {
        return changes(report, counts, &recorded, "counts.json");
    }
    for (name, count) in &counts.counts {
        report.line(format_args!("{name:<16} {count:>10}"))?;
    }
    report.line(format_args!(
        "NOTHING WAS COMPARED, so no change would fail: counts.json has counts of {}; these are of {}. To compare with the parent commit here: cargo bench --bench instructions -- --check --against HEAD^",
        recorded.environment, counts.environment
    ))?;
    Ok(true)
}

/// Prints how `counts` differ from `before`; whether they do not.
fn changes(
    report: &Report,
    counts: &Counts,
    before: &Counts,
    name_of_before: &str,
) -> Result<bool, Box<dyn Error>> {
    report.line(format_args!("before ({name_of_before}), now, change:"))?;
    let mut unchanged = true;
    for change in counts.changes_since(before) {
        report.line(&change)?;
        unchanged &= change.is_small();
    }
    if !unchanged {
        report.line(
            "If it is meant, record the counts: cargo bench --bench instructions -- --record",
        )?;
    }
    Ok(unchanged)
}
