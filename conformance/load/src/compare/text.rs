//! A comparison as a person reads it.

use std::collections::BTreeMap;
use std::fmt;

use super::estimate::Ratio;
use super::figure::Figure;
use super::report::{Comparison, Side, ToBaseline};
use crate::expect;
use crate::expect::number;

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = &self.parameters;
        let (connections, streams) = (parameters.connections, parameters.streams);
        writeln!(f, "{}, {connections} connections of {streams} streams", parameters.method)?;
        writeln!(f, "A  {}", self.a)?;
        writeln!(f, "B  {}", self.b)?;
        let (rounds, turn) = (parameters.rounds, parameters.turn_seconds);
        let starts = match parameters.starts {
            1 => String::new(),
            starts => format!(", {starts} starts"),
        };
        writeln!(f, "{rounds} rounds of A B B A or B A A B, {turn} s each turn{starts}\n")?;
        self.write_figures(f)?;
        if let Some(baseline) = &self.baseline {
            baseline.write(f)?;
        }
        self.write_notes(f)?;
        expect::write(f, &self.expectations)
    }
}

impl Comparison {
    fn write_figures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<21}{:>10}{:>11}{:>8}  {:<16}  99.9 %", "", "A", "B", "B / A", "95 %")?;
        for figure in Figure::ALL {
            let of_side = |side: &Side| {
                let median = side.medians.get(figure.name_with_unit()).copied().flatten();
                median.map_or_else(|| "not known".to_owned(), three_digits)
            };
            write!(f, "{:<21}{:>10}{:>11}", title(figure), of_side(&self.a), of_side(&self.b))?;
            write_ratio(f, &self.ratios, figure)?;
        }
        writeln!(
            f,
            "A and B are medians; B / A is a mean of the rounds' ratios, which theirs need not be."
        )
    }

    fn write_notes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let differences = self.baseline.iter().flat_map(|baseline| &baseline.differences);
        let mut notes: Vec<_> = differences
            .map(|difference| format!("the baseline is of something else: {difference}"))
            .collect();
        for (name, side, flag) in [("A", &self.a, "--pid-a"), ("B", &self.b, "--pid-b")] {
            if side.pid.is_none() {
                notes.push(format!(
                    "the process of {name} is not known, and so its CPU time is not: give it by {flag}"
                ));
            }
            if side.errors > 0 {
                let (errors, per_cent) = (side.errors, number(100.0 * side.error_rate));
                notes.push(format!(
                    "{errors} calls of {name} failed, {per_cent} %; CPU time is for each that succeeded"
                ));
            }
        }
        if !notes.is_empty() {
            writeln!(f)?;
        }
        notes.iter().try_for_each(|note| writeln!(f, "note: {note}"))
    }
}

impl ToBaseline {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (title_of, ratios) in [("B / B then", &self.b), ("B / A to B / A then", &self.ratios)] {
            writeln!(f, "\n{title_of:<42}{:>8}  {:<16}  99.9 %", "", "95 %")?;
            for figure in Figure::ALL {
                write!(f, "{:<42}", title(figure))?;
                write_ratio(f, ratios, figure)?;
            }
        }
        Ok(())
    }
}

fn write_ratio(
    f: &mut fmt::Formatter<'_>,
    ratios: &BTreeMap<&'static str, Option<Ratio>>,
    figure: Figure,
) -> fmt::Result {
    let Some(ratio) = ratios.get(figure.name()).copied().flatten() else {
        return writeln!(f, "{:>8}", "-");
    };
    let interval = |[low, high]: [f64; 2]| format!("{low:.3} to {high:.3}");
    let (narrow, wide) = (interval(ratio.interval_95), interval(ratio.interval_99_9));
    writeln!(f, "{:>8.3}  {narrow:<16}  {wide}", ratio.ratio)
}

fn title(figure: Figure) -> &'static str {
    match figure {
        Figure::OkPerSecond => "succeeded a second",
        Figure::P50 => "p50, ms",
        Figure::P90 => "p90, ms",
        Figure::P99 => "p99, ms",
        Figure::CpuPerCall => "CPU time a call, us",
    }
}

/// A figure with at least three digits.
fn three_digits(figure: f64) -> String {
    let decimals = match figure {
        figure if figure < 9.995 => 2,
        figure if figure < 99.95 => 1,
        _ => 0,
    };
    format!("{figure:.decimals$}")
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.server)?;
        match self.pid {
            Some(pid) => write!(f, " (process {pid})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Server;
    use crate::compare::Calls;
    use crate::compare::baseline::Baseline;
    use crate::compare::measured::{Round, Turn};
    use crate::compare::parameters::Parameters;
    use crate::compare::subject::Subject;

    /// Rounds of a server whose calls cost so much CPU time, more or less, if that is
    /// known. By `stride` two servers are not disturbed alike.
    fn rounds(cpu_us: Option<f64>, stride: usize, errors: u64) -> Vec<Round> {
        let turn = |n: usize| {
            let disturbed = 1.0 + 0.01 * (n * stride % 5) as f64;
            Turn {
                ok: 1000,
                errors,
                elapsed_seconds: 0.1 * disturbed,
                p50_us: 800.0 * disturbed,
                p90_us: 1500.0,
                p99_us: 12_345.6 * disturbed,
                cpu_ns: cpu_us.map(|us| (us * disturbed * 1e6) as u64),
            }
        };
        (0..12).map(|n| [turn(n), turn(n + 3)]).collect()
    }

    fn side(text: &str, pid: Option<u32>, rounds: Vec<Round>) -> Side {
        let subject: Subject = text.parse().expect("a subject");
        Side::new(&subject, &Server { pid, ..Server::default() }, rounds)
    }

    fn comparison(b: Side, baseline: Option<&Baseline>) -> Comparison {
        let Calls { data, connections, streams, .. } = Calls::default();
        let parameters = Parameters {
            method: "mfn.MFNSimulationService/RunSimulation".to_owned(),
            data,
            seed: "of the request".to_owned(),
            connections,
            streams,
            threads: 2,
            signed: false,
            turn_seconds: 0.1,
            rounds: 12,
            starts: 12,
            rounds_a_start: 1,
        };
        let a = side("mfn serve", Some(4711), rounds(Some(20.0), 1, 0));
        Comparison::new(parameters, [a, b], baseline)
    }

    #[test]
    fn a_comparison_of_which_all_is_known() {
        let mut rounds = rounds(Some(21.0), 3, 0);
        rounds[4][1].cpu_ns = Some(30_000_000);
        let mut comparison = comparison(side("./changed serve", Some(4712), rounds), None);
        let expectations =
            ["ratio.cpu_per_call <= 1.02", "ratio.cpu_per_call <= 1.05", "b.error_rate == 0"];
        comparison.expect(&expectations.map(|text| text.parse().expect("an expectation")));
        insta::assert_snapshot!(comparison);
    }

    #[test]
    fn a_comparison_with_little_known_and_a_baseline_of_another_machine() {
        let baseline = Baseline {
            a: rounds(Some(10.0), 1, 0),
            b: rounds(Some(10.0), 2, 0),
            rounds_a_start: 1,
            differences: vec!["the number of cores was 64 and is 2".to_owned()],
        };
        let b = side("http://127.0.0.1:50052", None, rounds(None, 2, 1));
        insta::assert_snapshot!(comparison(b, Some(&baseline)));
    }
}
