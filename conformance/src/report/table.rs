//! A report for people in a terminal: what went wrong in full, then the profiles
//! as a table, then the run as a whole, so that its last line says it all.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSplitter};

use super::colour::Colour;
use super::duration::duration;
use super::failure::{WIDTH, write_labelled};
use super::groups::Group;
use super::summary::{Summary, Tally};
use super::{Record, Report};
use crate::case::Level;
use crate::check::counted;
use crate::verdict::Verdict;

/// How much is told of failures that are alike.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Detail {
    /// The first in full, and how many others there are.
    Grouped,
    /// Each in full.
    Each,
}

/// Most names that are told of tests that failed alike.
const MAX_NAMED: usize = 5;
/// Spaces between two columns.
const GAP: &str = "  ";

const HEADINGS: [&str; 8] =
    ["profile", "MUST", "SHOULD", "fail", "error", "skip", "n/a", "judgement"];

/// `report` as text of less than 100 columns, apart from what came from the server.
///
/// # Panics
/// Never: a string takes all.
#[must_use]
pub fn text(report: &Report, colour: Colour, detail: Detail) -> String {
    let mut text = String::new();
    write(report, &mut text, colour, detail).expect("a string takes all");
    text
}

fn write(report: &Report, out: &mut String, colour: Colour, detail: Detail) -> fmt::Result {
    let report = report.printable();
    for group in report.groups() {
        write_group(&group, out, colour, detail)?;
    }
    write_left_out(&report, out)?;
    write_profiles(&report.summaries(), out, colour)?;
    write_run(&report, out)?;
    write_end(&report, out, colour)
}

/// What failed alike: the first in full, or each.
fn write_group(group: &Group<'_>, out: &mut String, colour: Colour, detail: Detail) -> fmt::Result {
    let is_short = detail == Detail::Grouped && !group.others.is_empty();
    let shown = if is_short { 1 } else { group.tests() };
    for record in group.records().take(shown) {
        let style = colour.of_record(record);
        let verdict = record.outcome.verdict.name().to_uppercase();
        let all = if is_short { format!("{} tests, first ", group.tests()) } else { String::new() };
        writeln!(out, "{style}{verdict}{style:#} {all}{}", record.heading())?;
        record.write(out, colour)?;
        if is_short {
            write_labelled(out, "alike", &alike(group), colour)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The names of some of the others, and how many there are.
fn alike(group: &Group<'_>) -> Vec<String> {
    let mut names: Vec<_> =
        group.others.iter().take(MAX_NAMED).map(|record| record.name.clone()).collect();
    match group.others.len() - names.len() {
        0 => names.push("(--verbose shows each in full)".to_owned()),
        more => names.push(format!("and {more} more (--verbose shows each in full)")),
    }
    names
}

/// Those that were not run, by their reasons: nobody should take them for passed.
fn write_left_out(report: &Report, out: &mut String) -> fmt::Result {
    let mut reasons: BTreeMap<(Verdict, &str), Vec<&Record>> = BTreeMap::new();
    for record in &report.results {
        let verdict = record.outcome.verdict;
        if matches!(verdict, Verdict::Skip | Verdict::NotApplicable) {
            let reason = record.outcome.reason.as_deref().unwrap_or("no reason is known");
            reasons.entry((verdict, reason)).or_default().push(record);
        }
    }
    for ((verdict, reason), records) in &reasons {
        let text = format!("{} ({}): {reason}", verdict.name().to_uppercase(), records.len());
        writeln!(out, "{}", wrapped(&text))?;
        let musts = not_shown(report, records);
        if !musts.is_empty() {
            writeln!(out, "{}", wrapped(&format!("  not shown: {}", musts.join(", "))))?;
        }
    }
    if reasons.is_empty() { Ok(()) } else { writeln!(out) }
}

/// The MUSTs that only these tests would have shown.
fn not_shown<'a>(report: &Report, left_out: &[&'a Record]) -> Vec<&'a str> {
    let is_shown = |id: &str| {
        let mut ran = report.results.iter().filter(|record| record.ran());
        ran.any(|record| record.shows.iter().any(|one| one.id == id))
    };
    let all = left_out.iter().flat_map(|record| &record.shows);
    let musts = all.filter(|one| one.level == Level::Must).map(|one| one.id.as_str());
    let musts: BTreeSet<_> = musts.filter(|id| !is_shown(id)).collect();
    musts.into_iter().collect()
}

fn write_profiles(summaries: &[Summary], out: &mut String, colour: Colour) -> fmt::Result {
    if summaries.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = summaries.iter().map(row).collect();
    let headings = HEADINGS.map(str::to_owned);
    let width = |column: usize| {
        let cells = rows.iter().chain([&headings]).map(|row| row[column].len());
        cells.max().unwrap_or_default()
    };
    let widths: [usize; HEADINGS.len()] = std::array::from_fn(width);
    write_row(&headings, &widths, out, colour.dim())?;
    for (row, summary) in rows.iter().zip(summaries) {
        write_row(row, &widths, out, colour.of_judgement(summary.judgement))?;
    }
    writeln!(out)
}

fn row(summary: &Summary) -> [String; HEADINGS.len()] {
    let of = |tally: Tally| match tally.total {
        0 => "-".to_owned(),
        total => format!("{}/{total}", tally.passed),
    };
    let times = |verdict| match summary.counts[&verdict] {
        0 => "-".to_owned(),
        times => times.to_string(),
    };
    [
        summary.profile.name().to_owned(),
        of(summary.must),
        of(summary.should),
        times(Verdict::Fail),
        times(Verdict::Error),
        times(Verdict::Skip),
        times(Verdict::NotApplicable),
        summary.to_string(),
    ]
}

/// The first cell to the left, numbers to the right, the last as it is.
fn write_row(
    [first, numbers @ .., last]: &[String; HEADINGS.len()],
    widths: &[usize; HEADINGS.len()],
    out: &mut String,
    style: Style,
) -> fmt::Result {
    write!(out, "{first:<width$}{GAP}", width = widths[0])?;
    for (number, width) in numbers.iter().zip(&widths[1..]) {
        write!(out, "{number:>width$}{GAP}")?;
    }
    writeln!(out, "{style}{last}{style:#}")
}

fn write_run(report: &Report, out: &mut String) -> fmt::Result {
    let Report { suite, spec, seed, target, started_at, duration_ms, .. } = report;
    writeln!(out, "suite {suite}, spec {spec}, fixtures {}, seed {seed}", report.fixtures_id())?;
    writeln!(out, "{target}, {started_at}, {}", duration(*duration_ms))?;
    let counts = report.counts();
    let verdicts = Verdict::ALL.into_iter().filter(|verdict| counts[verdict] > 0);
    let verdicts: Vec<_> =
        verdicts.map(|verdict| format!("{} {}", counts[&verdict], verdict.name())).collect();
    match report.results.len() {
        0 => Ok(()),
        tests => {
            let told = format!("{}: {}", counted(tests, "test"), verdicts.join(", "));
            writeln!(out, "{}", wrapped(&told))
        }
    }
}

fn write_end(report: &Report, out: &mut String, colour: Colour) -> fmt::Result {
    for warning in report.warnings() {
        let style = colour.of(AnsiColor::Yellow);
        writeln!(out, "{style}warning{style:#}: {warning}")?;
    }
    for left in &report.left_running {
        // Not wrapped, so that it can be copied.
        writeln!(out, "left running: {left}")?;
    }
    for fault in &report.known_failing_faults {
        writeln!(out, "{}", wrapped(&format!("known failures: {fault}")))?;
    }
    let (judgement, ending) = report.ending();
    let style = colour.of_judgement(judgement);
    writeln!(out, "{style}{}{style:#}", wrapped(&ending))
}

/// Ids stay whole, so that they can be searched for and copied.
fn wrapped(text: &str) -> String {
    let options = Options::new(WIDTH).subsequent_indent("  ").break_words(false);
    textwrap::fill(text, options.word_splitter(WordSplitter::NoHyphenation))
}
