//! What a comparison came to, for people and for programs.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use super::baseline::Baseline;
use super::estimate::{self, Ratio};
use super::figure::Figure;
use super::machine::Machine;
use super::measured::{self, Round};
use super::parameters::Parameters;
use super::subject::Subject;
use crate::Server;
use crate::expect::Judgement;

/// Everything about a comparison. The keys are stable: more may come, none will go.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Comparison {
    /// Version of the suite.
    pub suite: String,
    /// What it was run on.
    pub machine: Machine,
    /// What was called, and how.
    pub parameters: Parameters,
    /// The server that the other one is compared with.
    pub a: Side,
    /// The other one.
    pub b: Side,
    /// Ratios of B to A, by figure; null where the figure is not known.
    pub ratios: BTreeMap<&'static str, Option<Ratio>>,
    /// How it compares with a run that was saved; null if none was given.
    pub baseline: Option<ToBaseline>,
    /// What was expected, in the order in which it was asked for.
    pub expectations: Vec<Judgement>,
    /// Why the comparison is no success, so that the exit code is 1; null if it is
    /// one.
    pub failure: Option<String>,
}

/// A server and what it did.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Side {
    /// The address, or the command that started it.
    pub server: String,
    /// Whether it was started for the comparison.
    pub started: bool,
    /// The process whose CPU time was read, or the last one; null if it is not known.
    pub pid: Option<u32>,
    /// Calls with the code OK.
    pub ok: u64,
    /// The others.
    pub errors: u64,
    /// Errors over calls, 0 to 1.
    pub error_rate: f64,
    /// Medians over the rounds, by figure; null where the figure is not known.
    pub medians: BTreeMap<&'static str, Option<f64>>,
    /// All that was measured.
    pub rounds: Vec<Round>,
}

/// How a comparison compares with one that was saved.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct ToBaseline {
    /// What of the machine, the version and the calls is another one, a sentence
    /// each. If there are any, the ratios say little.
    pub differences: Vec<String>,
    /// Ratios of B to B then, by figure.
    pub b: BTreeMap<&'static str, Option<Ratio>>,
    /// Ratios of B to A, to those then, by figure.
    pub ratios: BTreeMap<&'static str, Option<Ratio>>,
}

impl Comparison {
    /// Its schema in JSON.
    #[must_use]
    pub fn schema() -> Schema {
        schema_for!(Self)
    }

    pub(super) fn new(
        parameters: Parameters,
        [a, b]: [Side; 2],
        baseline: Option<&Baseline>,
    ) -> Self {
        let now = parameters.rounds_as_one();
        let ratio =
            |figure| estimate::paired(&measured::ratios(&b.rounds, &a.rounds, figure, now)?);
        let ratios = by_figure(ratio);
        let baseline = baseline.map(|baseline| {
            let then = baseline.rounds_a_start;
            ToBaseline {
                differences: baseline.differences.clone(),
                b: by_figure(|figure| {
                    let b_now = measured::logarithms(&b.rounds, figure, now)?;
                    let b_then = measured::logarithms(&baseline.b, figure, then)?;
                    estimate::unpaired(&b_now, &b_then)
                }),
                ratios: by_figure(|figure| {
                    let ratio_now = measured::ratios(&b.rounds, &a.rounds, figure, now)?;
                    let ratio_then = measured::ratios(&baseline.b, &baseline.a, figure, then)?;
                    estimate::unpaired(&ratio_now, &ratio_then)
                }),
            }
        });
        Self {
            suite: env!("CARGO_PKG_VERSION").to_owned(),
            machine: Machine::this(),
            parameters,
            ratios,
            a,
            b,
            baseline,
            expectations: Vec::new(),
            failure: None,
        }
    }
}

fn by_figure(ratio: impl Fn(Figure) -> Option<Ratio>) -> BTreeMap<&'static str, Option<Ratio>> {
    Figure::ALL.into_iter().map(|figure| (figure.name(), ratio(figure))).collect()
}

impl Side {
    pub(super) fn new(subject: &Subject, server: &Server, rounds: Vec<Round>) -> Self {
        let sum = |count: fn(&measured::Turn) -> u64| rounds.iter().flatten().map(count).sum();
        let (ok, errors): (u64, u64) = (sum(|turn| turn.ok), sum(|turn| turn.errors));
        let medians = Figure::ALL
            .into_iter()
            .map(|figure| (figure.name_with_unit(), measured::median(&rounds, figure)))
            .collect();
        Self {
            server: subject.to_string(),
            started: matches!(subject, Subject::Command(_)),
            pid: server.pid,
            ok,
            errors,
            error_rate: errors as f64 / (ok + errors).max(1) as f64,
            medians,
            rounds,
        }
    }
}
