//! The form for programs.

use serde_json::{Value, json};

use super::sample::{ESCAPES, of_each_verdict, of_too_much};
use super::written;
use crate::report::Report;
use crate::report::json::{schema, write};

fn text(report: &Report) -> String {
    written(report, write)
}

fn value(report: &Report) -> Value {
    serde_json::from_str(&text(report)).expect("it is JSON")
}

#[test]
fn each_verdict() {
    insta::assert_snapshot!(text(&of_each_verdict()));
}

#[test]
fn a_text_comes_back_as_the_server_sent_it() {
    let value = value(&of_each_verdict());
    let actual = &value["results"][4]["evidence"]["actual"];
    assert_eq!(actual[1], json!(format!("{ESCAPES} two\nlines")));
}

#[test]
fn too_much_is_cut() {
    let value = value(&of_too_much());
    let result = &value["results"][0];
    assert!(result["reason"].as_str().is_some_and(|text| text.ends_with("4097 bytes in all)")));
    assert_eq!(result["evidence"]["actual"].as_array().map(Vec::len), Some(65));
    assert_eq!(result["evidence"]["actual"][64], "… (cut, 65 lines in all)");
    assert_eq!(result["evidence"]["repeat"], json!([]));
}

#[test]
fn it_is_as_its_schema_says() {
    let schema = schema().to_value();
    for report in [of_each_verdict(), of_too_much()] {
        assert_eq!(fault(&schema, &schema, &value(&report)), None);
    }
}

#[test]
fn what_is_not_as_the_schema_says_is_found() {
    let schema = schema().to_value();
    let spoilt = |pointer: &str, value_there: Value| {
        let mut spoilt = value(&of_each_verdict());
        *spoilt.pointer_mut(pointer).expect("it is there") = value_there;
        fault(&schema, &schema, &spoilt)
    };
    for (pointer, wrong) in [
        ("/failed", json!("yes")),
        ("/duration_ms", json!(-1)),
        ("/results/0/verdict", json!("passed")),
        ("/results/2/evidence", json!({})),
        ("/summaries/0/counts/pass", json!(null)),
        ("/known_failing_faults/0", json!(3)),
    ] {
        assert!(spoilt(pointer, wrong).is_some(), "{pointer}");
    }
}

/// The first fault of `value` by `schema`, of the keywords that our schemas use.
fn fault(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    let keywords = schema.as_object().expect("a schema is an object");
    keywords.iter().find_map(|(keyword, rule)| match keyword.as_str() {
        "$schema" | "$defs" | "title" | "description" | "format" => None,
        "$ref" => {
            let pointer = rule.as_str().and_then(|rule| rule.strip_prefix('#'));
            let named = pointer.and_then(|pointer| root.pointer(pointer));
            fault(root, named.expect("a reference leads somewhere"), value)
        }
        "anyOf" | "oneOf" => {
            let fits = |schema| fault(root, schema, value).is_none();
            let fitting = items(rule).filter(|schema| fits(schema)).count();
            (fitting != 1).then(|| format!("{fitting} of {rule} fit {value}"))
        }
        "const" => (rule != value).then(|| format!("{value} is not {rule}")),
        "type" => (!has_type(rule, value)).then(|| format!("{value} is not of type {rule}")),
        "minimum" => (value.as_f64() < rule.as_f64()).then(|| format!("{value} < {rule}")),
        "items" => items(value).find_map(|item| fault(root, rule, item)),
        "required" => items(rule)
            .find(|name| name.as_str().is_none_or(|name| value.get(name).is_none()))
            .map(|name| format!("{value} has no {name}")),
        "properties" => members(rule).find_map(|(name, schema)| {
            value.get(name).and_then(|member| fault(root, schema, member))
        }),
        "additionalProperties" => members(value).find_map(|(_, member)| fault(root, rule, member)),
        other => panic!("this test does not know the keyword {other}"),
    })
}

fn has_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "null" => value.is_null(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        other => panic!("this test does not know the type {other}"),
    };
    rule.as_str().map_or_else(|| items(rule).filter_map(Value::as_str).any(is), is)
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn members(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}
