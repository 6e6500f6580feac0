//! The JSON Schemas that are checked in, here and beside the load tool, are those of
//! the types.

use std::path::Path;
use std::{env, fs};

use conformance::case::CaseFile;
use conformance::report::json;
use conformance_load::Report;
use conformance_load::compare::Comparison;
use schemars::Schema;
use serde_json::Value;

/// Set it to write the schemas instead.
const UPDATE: &str = "MFN_UPDATE_SCHEMAS";

#[test]
fn the_schema_of_reports_is_current() {
    check("report.schema.json", &json::schema());
}

#[test]
fn the_schema_of_cases_is_current() {
    check("cases/schema.json", &schemars::schema_for!(CaseFile));
}

#[test]
fn the_schema_of_loads_is_current() {
    check("load/load.schema.json", &Report::schema());
}

#[test]
fn the_schema_of_comparisons_is_current() {
    check("load/compare.schema.json", &Comparison::schema());
}

fn check(path: &str, schema: &Schema) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if env::var_os(UPDATE).is_some() {
        let text = serde_json::to_string_pretty(schema).expect("a schema is JSON");
        let text = text + "\n";
        mfn_output::write(&path, text.as_bytes()).expect("the tree can be written to");
    }
    let checked_in = fs::read_to_string(&path).unwrap_or_default();
    let checked_in: Option<Value> = serde_json::from_str(&checked_in).ok();
    assert!(
        checked_in.as_ref() == Some(schema.as_value()),
        "{} is not what the types say: run `{UPDATE}=1 cargo test -p conformance --test schemas`",
        path.display()
    );
}
