//! The figures of a report, by name.
//!
//! A name is the way to a number of the JSON report: `ok_per_second`,
//! `latency.measured.p99_us`, `codes.UNAVAILABLE`. Two have shorter ones: refusals
//! are found by their reason, and the times that are to be quoted are in ms.

use std::collections::BTreeMap;

use serde_json::Value;

use super::expect::{Family, Names};
use super::outcome::Outcome;
use super::refusal;
use super::report::{Report, Settings};

/// What of a report is no figure: what was asked for, and lists.
const NOT_FIGURES: [&str; 2] = ["load", "histogram"];
/// Counts of what occurred.
const FAMILIES: [Family; 3] = [
    Family {
        prefix: "codes.",
        example: "codes.UNAVAILABLE",
        allows: |code| conformance_wire::CODE_NAMES.contains(&code),
    },
    Family { prefix: "faults.", example: "faults.timeout", allows: is_fault },
    Family { prefix: "refusals.", example: "refusals.RATE_LIMIT_RPS", allows: refusal::is_reason },
];
/// Faults whose names say all.
const FAULTS: [&str; 3] = ["timeout", "connection", "no_status"];
/// Faults that come with a status or a reason of HTTP.
const FAULTS_WITH_A_CAUSE: [&str; 2] = ["http:", "reset:"];

fn is_fault(name: &str) -> bool {
    FAULTS.contains(&name) || FAULTS_WITH_A_CAUSE.iter().any(|kind| name.starts_with(kind))
}

/// All names that a report can have.
pub(super) fn names() -> Names {
    let report = Report::new(Settings::default(), &Outcome::default());
    Names::new(of(&report).into_keys(), &FAMILIES)
}

/// The figure of this name; `None` if the run has come to none.
pub(super) fn figure(report: &Report, name: &str) -> Option<f64> {
    match of(report).remove(name) {
        Some(figure) => figure,
        // What did not occur.
        None => FAMILIES.iter().any(|family| name.starts_with(family.prefix)).then_some(0.0),
    }
}

fn of(report: &Report) -> BTreeMap<String, Option<f64>> {
    let mut figures = BTreeMap::new();
    if let Ok(Value::Object(report)) = serde_json::to_value(report) {
        for (key, value) in report.iter().filter(|(key, _)| !NOT_FIGURES.contains(&&***key)) {
            add(&mut figures, key, value);
        }
    }
    for refused in &report.refusals {
        if let Some(reason) = &refused.reason {
            let calls = figures.entry(format!("refusals.{reason}")).or_insert(Some(0.0));
            *calls = calls.map(|calls| calls + refused.calls as f64);
        }
    }
    add_times(&mut figures, report);
    figures
}

fn add(figures: &mut BTreeMap<String, Option<f64>>, name: &str, value: &Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                add(figures, &format!("{name}.{key}"), value);
            }
        }
        Value::Number(number) => drop(figures.insert(name.to_owned(), number.as_f64())),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) => {}
    }
}

/// The times that are to be quoted, in ms. There are no times at all without a call
/// that succeeded, however the report writes that.
fn add_times(figures: &mut BTreeMap<String, Option<f64>>, report: &Report) {
    const QUOTED: [&str; 2] = ["latency.measured.", "latency.corrected."];
    let is_open = report.load.rate.is_some();
    let has_times = report.latency.measured.count > 0;
    let quoted = QUOTED[usize::from(is_open)];
    let mut short = Vec::new();
    for (name, figure) in figures.iter_mut() {
        let Some(of_times) = name.strip_suffix("_us") else { continue };
        *figure = figure.filter(|_| has_times);
        if let Some(of_times) = of_times.strip_prefix(quoted) {
            short.push((format!("{of_times}_ms"), figure.map(|micros| micros / 1000.0)));
        }
    }
    figures.extend(short);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_of_a_report_has_a_name() {
        let refused = names().check("p99").expect_err("it lacks its unit");
        insta::assert_snapshot!(refused);
        for name in ["codes.OK", "faults.reset:CANCEL", "faults.timeout", "refusals.QUEUE_FULL"] {
            assert_eq!(names().check(name), Ok(()));
        }
        for name in ["codes.FINE", "faults.", "faults.hunger", "refusals.", "load.streams"] {
            assert!(names().check(name).is_err(), "{name}");
        }
    }
}
