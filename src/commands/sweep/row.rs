//! The rows of a sweep as lines of text.

use std::io;

use mfn_core::{Features, SimulationParams, Statistics, Summary};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::plan::Plan;
use crate::failure::Failure;
use crate::json::{Answer, Fields, feature_response, simulation_request, simulation_result};
use crate::result_file;

/// Before the command line, in the first line of a file.
const COMMENT: &str = "# ";
/// The same in NDJSON, whose first object has this one field.
const SWEEP: &str = "sweep";

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// A comment, the names of the columns, and a line a row.
    Csv,
    /// An object for the sweep, then one a row.
    Ndjson,
}

impl Format {
    /// What its files are called like.
    pub(super) fn file(self) -> result_file::Format {
        let (flag, name, endings): (_, _, &[&str]) = match self {
            Self::Csv => ("--csv", "comma-separated values", &["csv"]),
            Self::Ndjson => ("--ndjson", "lines of JSON", &["ndjson", "jsonl"]),
        };
        result_file::Format { flag, name, endings, is_text: true }
    }

    /// What stands before the rows.
    pub(super) fn head(self, plan: &Plan, columns: &[String]) -> String {
        match self {
            Self::Csv => format!("{COMMENT}{plan}\n{}\n", columns.join(",")),
            Self::Ndjson => format!("{}\n", Fields::default().with(SWEEP, plan.to_string())),
        }
    }

    /// How many lines that is.
    pub(super) fn head_lines(self) -> usize {
        match self {
            Self::Csv => 2,
            Self::Ndjson => 1,
        }
    }

    /// The plan that the first line of a file tells of, if it does.
    pub(super) fn plan(self, line: &str) -> Option<Plan> {
        match self {
            Self::Csv => Plan::read(line.strip_prefix(COMMENT)?),
            Self::Ndjson => {
                let object: Value = serde_json::from_str(line).ok()?;
                Plan::read(object.get(SWEEP)?.as_str()?)
            }
        }
    }

    /// The line of a row, with its end.
    pub(super) fn line(self, parameters: Fields, results: Fields) -> io::Result<Vec<u8>> {
        match self {
            Self::Csv => {
                let cells: Vec<_> =
                    parameters.0.iter().chain(&results.0).map(|(_, value)| cell(value)).collect();
                Ok(format!("{}\n", cells.join(",")).into_bytes())
            }
            Self::Ndjson => Answer::new(parameters, results).line(),
        }
    }

    /// Whether a line without its end is a whole row with these parameters and so many
    /// results.
    pub(super) fn is_row(self, line: &str, parameters: &Fields, results: usize) -> bool {
        match self {
            Self::Csv => {
                let mut cells = line.split(',');
                let is_its =
                    parameters.0.iter().all(|(_, value)| cells.next() == Some(&cell(value)));
                let numbers: Vec<_> = cells.map(str::parse::<f64>).collect();
                is_its && numbers.len() == results && numbers.iter().all(Result::is_ok)
            }
            Self::Ndjson => {
                line.starts_with(&format!("{{\"request\":{parameters},\"result\":{{"))
                    && serde_json::from_str::<IgnoredAny>(line).is_ok()
            }
        }
    }
}

/// The parameters of a row, named as on the wire; that of jitter, which the wire does not
/// have, where the plan is about it.
pub(super) fn parameters(plan: &Plan, params: &SimulationParams) -> Fields {
    let mut fields = simulation_request(params);
    if plan.has_jitter() && !params.quantum_jitter() {
        fields = fields.with("quantum_jitter", false);
    }
    fields
}

/// The names of the results.
pub(super) fn names(features: bool) -> Vec<String> {
    let nothing = Statistics { min_mv: 0.0, max_mv: 0.0, mean_mv: 0.0, std_mv: 0.0 };
    let summary =
        Summary { step: 0, growth_events: 0, statistics: nothing, fractal_dimension: 0.0 };
    let mut names = simulation_result(&summary).0;
    if features {
        names.extend(feature_response(&Features::default()).0.into_iter().skip(1));
    }
    names.into_iter().map(|(name, _)| name).collect()
}

/// The names of all columns.
///
/// # Errors
/// The plan has a value that is not allowed.
pub(super) fn columns(plan: &Plan) -> Result<Vec<String>, Failure> {
    let parameters = parameters(plan, &plan.params(0)?);
    let parameters = parameters.0.into_iter().map(|(name, _)| name);
    Ok(parameters.chain(names(plan.features)).collect())
}

/// What no number can be written for has the word that programs read as such.
fn cell(value: &Value) -> String {
    if value.is_null() { "NaN".to_owned() } else { value.to_string() }
}
