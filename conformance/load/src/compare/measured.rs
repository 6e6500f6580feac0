//! What was measured, turn by turn.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Figure;
use super::estimate::{self, Ratio};
use crate::Report;

const NANOS_A_SECOND: f64 = 1e9;
const MICROS_A_SECOND: f64 = 1e6;
const MICROS_A_MILLI: f64 = 1e3;

/// What servers did in their turns.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The rounds of each server, in the order in which the servers were given.
    pub servers: Vec<Vec<Round>>,
}

/// The two turns that a server has in a round.
pub type Round = [Turn; 2];

/// What a server did in a turn.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Turn {
    /// Calls with the code OK.
    pub ok: u64,
    /// The others.
    pub errors: u64,
    /// From the first call to the end of the last one.
    pub elapsed_seconds: f64,
    /// Times of calls with the code OK and of those that timed out, as measured.
    pub p50_us: f64,
    /// See `p50_us`.
    pub p90_us: f64,
    /// See `p50_us`.
    pub p99_us: f64,
    /// CPU time of the server's processes, in nanoseconds; null where it is not
    /// known.
    pub cpu_ns: Option<u64>,
}

impl Turn {
    pub(super) fn new(report: &Report, cpu_ns: Option<u64>) -> Self {
        let latency = report.latency.measured;
        Self {
            ok: report.ok,
            errors: report.errors,
            elapsed_seconds: report.elapsed_seconds,
            p50_us: latency.p50_us,
            p90_us: latency.p90_us,
            p99_us: latency.p99_us,
            cpu_ns,
        }
    }
}

impl Measured {
    /// `figure` of the server at place `of` to that of the server at place `to`, where
    /// each round stands for itself; `None` where it is not known.
    #[must_use]
    pub fn ratio(&self, of: usize, to: usize, figure: Figure) -> Option<Ratio> {
        let (of, to) = (self.servers.get(of)?, self.servers.get(to)?);
        estimate::paired(&ratios(of, to, figure, 1)?)
    }

    /// The median of `figure` over the rounds of a server; `None` where it is not
    /// known.
    #[must_use]
    pub fn median(&self, server: usize, figure: Figure) -> Option<f64> {
        median(self.servers.get(server)?, figure)
    }
}

/// Logarithms of a figure's ratio, one for each start of the servers.
pub(super) fn ratios(
    of: &[Round],
    to: &[Round],
    figure: Figure,
    rounds_a_start: usize,
) -> Option<Vec<f64>> {
    let (of, to) = (in_rounds(of, figure)?, in_rounds(to, figure)?);
    let ratios: Vec<f64> = of.iter().zip(&to).map(|(of, to)| of - to).collect();
    Some(by_start(&ratios, rounds_a_start))
}

/// Logarithms of a figure, one for each start of the server; `None` where it is not
/// known.
pub(super) fn logarithms(
    rounds: &[Round],
    figure: Figure,
    rounds_a_start: usize,
) -> Option<Vec<f64>> {
    Some(by_start(&in_rounds(rounds, figure)?, rounds_a_start))
}

fn in_rounds(rounds: &[Round], figure: Figure) -> Option<Vec<f64>> {
    rounds.iter().map(|round| in_round(round, figure).map(f64::ln)).collect()
}

/// Rounds of one start have more in common than others, so that they are one
/// measurement: their mean.
fn by_start(rounds: &[f64], rounds_a_start: usize) -> Vec<f64> {
    let starts = rounds.chunks(rounds_a_start.max(1));
    starts.map(|rounds| rounds.iter().sum::<f64>() / rounds.len() as f64).collect()
}

/// The median of a figure over the rounds.
pub(super) fn median(rounds: &[Round], figure: Figure) -> Option<f64> {
    let mut figures: Vec<f64> =
        rounds.iter().map(|round| in_round(round, figure)).collect::<Option<_>>()?;
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}

/// A figure of both turns together; `None` if it is not known or not above zero.
fn in_round(round: &Round, figure: Figure) -> Option<f64> {
    let sum = |part: fn(&Turn) -> f64| round.iter().map(part).sum::<f64>();
    // Times of the two turns have no sum, and their ratio is what counts.
    let mean = |time: fn(&Turn) -> f64| {
        round.iter().map(time).product::<f64>().powf(1.0 / round.len() as f64) / MICROS_A_MILLI
    };
    let ok = sum(|turn| turn.ok as f64);
    let figure = match figure {
        Figure::OkPerSecond => ok / sum(|turn| turn.elapsed_seconds),
        Figure::P50 => mean(|turn| turn.p50_us),
        Figure::P90 => mean(|turn| turn.p90_us),
        Figure::P99 => mean(|turn| turn.p99_us),
        Figure::CpuPerCall => {
            let nanos: u64 = round.iter().map(|turn| turn.cpu_ns).sum::<Option<u64>>()?;
            nanos as f64 / NANOS_A_SECOND * MICROS_A_SECOND / ok
        }
    };
    Some(figure).filter(|figure| figure.is_finite() && *figure > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A turn in which 100 calls took 1 s and each cost `cpu_us`.
    fn turn(cpu_us: f64) -> Turn {
        let cpu_ns = Some((cpu_us * 100_000.0) as u64);
        Turn {
            ok: 100,
            errors: 0,
            elapsed_seconds: 1.0,
            p50_us: 1000.0,
            p90_us: 2000.0,
            p99_us: 4000.0,
            cpu_ns,
        }
    }

    #[test]
    fn a_drift_within_a_round_falls_out() {
        // The machine gets slower from turn to turn, in the order a, b, b, a.
        let rounds = |first: [f64; 2]| -> Vec<Round> {
            (0..10).map(|n| first.map(|cpu| turn(cpu + 4.0 * f64::from(n)))).collect()
        };
        let servers = vec![rounds([10.0, 13.0]), rounds([11.0, 12.0])];
        let measured = Measured { servers };
        let ratio = measured.ratio(1, 0, Figure::CpuPerCall).expect("it is known");
        assert!((ratio.ratio - 1.0).abs() < 1e-9, "{ratio:?}");
        assert_eq!(measured.median(0, Figure::OkPerSecond), Some(100.0));
        assert_eq!(measured.median(0, Figure::P99), Some(4.0));
    }

    #[test]
    fn rounds_of_one_start_are_one_measurement() {
        let rounds =
            |cpu: &[f64]| -> Vec<Round> { cpu.iter().map(|&cpu| [turn(cpu), turn(cpu)]).collect() };
        let (of, to) = (rounds(&[2.0, 8.0, 4.0, 4.0, 3.0]), rounds(&[1.0; 5]));
        let ratios = |rounds_a_start| -> Vec<f64> {
            let ratios = ratios(&of, &to, Figure::CpuPerCall, rounds_a_start).expect("known");
            ratios.iter().map(|ratio| ratio.exp().round()).collect()
        };
        assert_eq!(ratios(1), [2.0, 8.0, 4.0, 4.0, 3.0]);
        assert_eq!(ratios(2), [4.0, 4.0, 3.0]);
    }

    #[test]
    fn without_cpu_time_there_is_no_ratio_of_it() {
        let unknown = Turn { cpu_ns: None, ..turn(1.0) };
        let servers = vec![vec![[turn(1.0), turn(1.0)]], vec![[turn(1.0), unknown]]];
        let measured = Measured { servers };
        assert_eq!(measured.ratio(1, 0, Figure::CpuPerCall), None);
        assert!(measured.ratio(1, 0, Figure::P50).is_some());
        assert_eq!(measured.ratio(2, 0, Figure::P50), None, "there is no such server");
    }
}
