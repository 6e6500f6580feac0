//! `conformance load` as a program: what it writes, and its exit codes.
#![forbid(unsafe_code)]

#[path = "../load/benches/load_capacity/constant_server.rs"]
mod constant_server;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use constant_server::Answer;

fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
    command.arg("load").args(arguments);
    for name in ["TARGET", "CA", "API_KEY"] {
        command.env_remove(format!("MFN_CONFORMANCE_{name}"));
    }
    command.output().expect("it starts")
}

fn error_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_program_writes_json_with_stable_keys() {
    let server = constant_server::start(Answer::Messages(1, 10), None);
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("load.json");
    let (target, path) = (format!("http://{server}"), file.display().to_string());
    let output = program(&["--target", &target, "-n", "50", "--format", "json", "-o", &path]);
    assert!(output.status.success(), "{}", error_of(&output));
    assert!(output.stdout.is_empty());
    let report = std::fs::read_to_string(&file).expect("it is written");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    insta::assert_snapshot!(keys(&report, "").join("\n"));
    assert_eq!(report["calls"], 50);
}

/// All keys, but those of single codes and bars.
fn keys(value: &Value, path: &str) -> Vec<String> {
    let Value::Object(fields) = value else { return vec![path.to_owned()] };
    if fields.is_empty() || path == "codes" {
        return vec![path.to_owned()];
    }
    let separator = if path.is_empty() { "" } else { "." };
    let nested =
        fields.iter().flat_map(|(key, value)| keys(value, &format!("{path}{separator}{key}")));
    nested.collect()
}

#[test]
fn exit_codes_tell_what_went_wrong() {
    let server = constant_server::start(Answer::Code(14), None);
    let target = format!("http://{server}");
    let refused = program(&["--target", &target, "-n", "10"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stdout).contains("UNAVAILABLE"));
    assert_eq!(error_of(&refused), "error: none of 10 calls succeeded\n");
    let bad = program(&["--target", "127.0.0.1:1"]);
    assert_eq!(bad.status.code(), Some(2), "{}", error_of(&bad));
    let nowhere = program(&["--target", &target, "-n", "10", "-o", "/nowhere/load.json"]);
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(error_of(&nowhere).contains("/nowhere/load.json"), "{}", error_of(&nowhere));
}
