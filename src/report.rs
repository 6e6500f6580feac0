//! Results for people: a title, then a line a number.

use std::fmt::{self, Display};
use std::io;

use mfn_core::SimulationParams;
use mfn_output::Output;

/// Lines of a name, a number and a unit, with the decimal points in one column.
#[derive(Debug)]
pub(crate) struct Report {
    title: String,
    lines: Vec<Line>,
    notes: Vec<String>,
}

#[derive(Debug)]
struct Line {
    name: &'static str,
    /// Up to the decimal point.
    whole: String,
    /// The decimal point and what follows; empty for an integer.
    fraction: String,
    unit: &'static str,
}

impl Report {
    pub(crate) fn new(title: String) -> Self {
        Self { title, lines: Vec::new(), notes: Vec::new() }
    }

    /// Adds a line; `unit` is empty where there is none.
    pub(crate) fn line(
        mut self,
        name: &'static str,
        number: impl Display,
        unit: &'static str,
    ) -> Self {
        let number = number.to_string();
        let (whole, fraction) = number.split_at(number.find('.').unwrap_or(number.len()));
        let (whole, fraction) = (whole.to_owned(), fraction.to_owned());
        self.lines.push(Line { name, whole, fraction, unit });
        self
    }

    /// Adds a sentence below the numbers, where there is one to say.
    pub(crate) fn note(mut self, note: Option<String>) -> Self {
        self.notes.extend(note);
        self
    }

    /// # Errors
    /// `out` cannot be written to.
    pub(crate) fn print(&self, out: Output) -> io::Result<()> {
        out.write(self.to_string().as_bytes())
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = |width: fn(&Line) -> usize| self.lines.iter().map(width).max().unwrap_or(0);
        let names = widest(|line| line.name.len());
        let wholes = widest(|line| line.whole.len());
        let fractions = widest(|line| line.fraction.len());
        writeln!(f, "{}\n", self.title)?;
        for Line { name, whole, fraction, unit } in &self.lines {
            let line = format!("  {name:names$}  {whole:>wholes$}{fraction:fractions$}  {unit}");
            writeln!(f, "{}", line.trim_end())?;
        }
        for note in &self.notes {
            writeln!(f, "\n  {note}")?;
        }
        Ok(())
    }
}

/// A simulation's parameters in words, for titles.
pub(crate) fn parameters(params: &SimulationParams) -> String {
    let n = params.grid_size();
    let turing = if params.turing_enabled() { ", Turing on" } else { "" };
    let jitter = if params.quantum_jitter() { ", jitter on" } else { "" };
    format!(
        "{n} × {n} cells, {}, seed {}, alpha {}, spike probability {}{turing}{jitter}",
        counted(params.steps(), "step"),
        params.seed(),
        params.alpha(),
        params.spike_probability(),
    )
}

/// "1 step", "64 steps".
pub(crate) fn counted(count: u32, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_kind_is_no_plural() {
        assert_eq!(counted(1, "step"), "1 step");
        assert_eq!(counted(64, "step"), "64 steps");
    }

    #[test]
    fn names_points_and_units_are_in_columns() {
        let report = Report::new("Title".to_owned())
            .line("events", 12, "")
            .line("smallest potential", -70.25, "mV")
            .line("largest", 0.5, "mV");
        insta::assert_snapshot!(report, @"
    Title

      events               12
      smallest potential  -70.25  mV
      largest               0.5   mV
    ");
    }
}
