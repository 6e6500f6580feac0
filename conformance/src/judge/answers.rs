//! The messages of an answer that is OK.

use serde_json::{Map, Value};

use super::decimals::first_too_long;
use super::{Differences, Expected, decoded, messages_and_end};
use crate::case::{Expect, Profile};
use crate::check::{CheckError, CheckResult, counted, listed};
use crate::client::Answer;
use crate::golden::{GoldenAnswer, class_of};
use crate::numbers::{Class, compare, first_difference, how_far};
use conformance_wire::messages;

/// What differs between two calls with other ids.
const ID: &str = "request_id";
const STEP: &str = "step";
const IS_FINAL: &str = "is_final";

type Fields = Map<String, Value>;

pub(super) fn check(
    expected: &Expected<'_>,
    answer: &Answer,
    found: &mut Differences,
) -> CheckResult {
    let expect = expected.expect;
    let count = answer.messages.len();
    let is_stream = messages::method(&answer.method).is_some_and(|m| m.is_server_streaming());
    if let Some(wanted) = expect.messages.or((!is_stream).then_some(1)) {
        found.check(count == wanted, counted(wanted, "message"), messages_and_end(answer));
    }
    // The suite says of no encoding that it takes it.
    let compressed = answer.messages.iter().filter(|message| message.is_compressed).count();
    let actual = format!("{compressed} compressed ones");
    found.check(compressed == 0, "messages that are not compressed", actual);
    let rest = answer.rest.len();
    let after = format!("{} after the last whole one", counted(rest, "byte"));
    found.check(rest == 0, "whole messages", after);
    if expect.shortest_numbers {
        check_numbers(answer, found);
    }
    match decoded(answer) {
        Ok(all) => check_fields(expected, &all, found),
        Err(CheckError::Different { expected, actual }) => found.add(expected, actual),
        Err(error) => return Err(error),
    }
    Ok(())
}

fn check_numbers(answer: &Answer, found: &mut Differences) {
    for message in &answer.messages {
        let json = message.json.as_ref().map(|json| String::from_utf8_lossy(json));
        found.check(json.is_some(), "a message in JSON", "one in protobuf");
        let json = json.unwrap_or_default();
        let number = first_too_long(&json);
        let wanted = "numbers with the fewest digits that read back to the same double";
        found.check(number.is_none(), wanted, number.unwrap_or_default());
    }
}

fn check_fields(expected: &Expected<'_>, all: &[Fields], found: &mut Differences) {
    let expect = expected.expect;
    for (number, fields) in all.iter().enumerate() {
        for (path, wanted) in &expect.fields {
            let actual = at(fields, path);
            let holds = actual.is_some_and(|actual| is(wanted, actual));
            found.check(holds, format!("{path} {wanted}"), shown(number, path, actual));
        }
        for path in &expect.absent {
            let actual = at(fields, path);
            found.check(actual.is_none(), format!("no {path}"), shown(number, path, actual));
        }
    }
    for name in &expect.growing {
        let values: Vec<_> = all.iter().filter_map(|fields| fields.get(name)?.as_i64()).collect();
        let holds = values.len() == all.len() && values.is_sorted();
        found.check(
            holds,
            format!("{name} that never falls"),
            format!("{name} {}", listed(values)),
        );
    }
    if let Some(steps) = &expect.steps {
        check_steps(steps, all, expected.profile, found);
    }
    if let Some(golden) = expected.golden {
        check_golden(golden, expect, all, expected.profile, found);
    }
}

fn check_steps(steps: &[i64], all: &[Fields], profile: Profile, found: &mut Differences) {
    let actual: Vec<_> = all.iter().filter_map(|fields| fields.get(STEP)?.as_i64()).collect();
    let wanted = format!("frames of the steps {}", listed(steps));
    found.check(actual == steps, wanted, format!("frames of the steps {}", listed(&actual)));
    // The older proto has no such field.
    if profile != Profile::Wire {
        let finals: Vec<_> =
            all.iter().map(|fields| fields.get(IS_FINAL) == Some(&Value::Bool(true))).collect();
        let holds = finals.iter().rev().copied().eq((0..finals.len()).map(|place| place == 0));
        let actual = format!("is_final {}", listed(finals));
        found.check(holds, "is_final on the last frame alone", actual);
    }
}

fn check_golden(
    golden: &GoldenAnswer,
    expect: &Expect,
    all: &[Fields],
    profile: Profile,
    found: &mut Differences,
) {
    let (wanted, actual) = (golden.messages.len(), all.len());
    found.check(wanted == actual, counted(wanted, "message"), counted(actual, "message"));
    for (number, (wanted, actual)) in golden.messages.iter().zip(all).enumerate() {
        for (name, wanted) in wanted {
            let class = if expect.unchecked.contains(name) {
                Class::Unchecked
            } else {
                class_of(name).in_profile(profile)
            };
            let how = if class == Class::Numeric { " within 1e-9" } else { "" };
            let Some(actual) = actual.get(name) else {
                found.check(class == Class::Unchecked, format!("{name} {wanted}"), "no such field");
                continue;
            };
            if !compare(wanted, actual, class) {
                let (path, wanted, actual) = first_difference(name, wanted, actual, class);
                let far = how_far(wanted, actual).map_or(String::new(), |far| format!(", {far}"));
                let actual = shown(number, &path, Some(actual));
                found.check(false, format!("{path} {wanted}{how}"), actual + &far);
            }
        }
    }
}

pub(super) fn same(one: &Answer, other: &Answer) -> CheckResult {
    let (all, others) = (decoded(one)?, decoded(other)?);
    let mut found = Differences::default();
    match (all.last(), others.last()) {
        (Some(fields), Some(wanted)) => {
            for (name, wanted) in wanted.iter().filter(|(name, _)| *name != ID) {
                if let Some(actual) = fields.get(name) {
                    let holds = compare(wanted, actual, Class::Exact);
                    found.check(holds, format!("{name} {wanted}"), format!("{name} {actual}"));
                }
            }
        }
        (first, second) => {
            let told = |has: bool| if has { "a message" } else { "no message" };
            found.check(false, told(second.is_some()), told(first.is_some()));
        }
    }
    found.of_two_calls()
}

/// A field by its path: names with points between them.
fn at<'a>(fields: &'a Fields, path: &str) -> Option<&'a Value> {
    let mut names = path.split('.');
    let first = fields.get(names.next()?)?;
    names.try_fold(first, |value, name| match value {
        Value::Array(list) => list.get(name.parse::<usize>().ok()?),
        _ => value.get(name),
    })
}

/// Whether a field is what a case says; a text may be a regular expression.
fn is(wanted: &Value, actual: &Value) -> bool {
    match (wanted.as_str(), actual.as_str()) {
        (Some(wanted), Some(actual)) => super::matches(wanted, actual),
        _ => compare(wanted, actual, Class::Exact),
    }
}

fn shown(number: usize, path: &str, actual: Option<&Value>) -> String {
    match actual {
        Some(value) => format!("{path} {value} in message {number}"),
        None => format!("no {path} in message {number}"),
    }
}
