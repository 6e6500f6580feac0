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
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(error_of(&nowhere).contains("/nowhere/load.json"), "{}", error_of(&nowhere));
}

#[test]
fn a_load_fails_by_expectations_which_are_printed_with_their_figures() {
    let server = constant_server::start(Answer::Messages(1, 10), None);
    let target = format!("http://{server}");
    let gates = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gates.toml");
    std::fs::write(&gates, "expect = ['calls == 50', 'codes.UNAVAILABLE == 0', 'ok > 50']")
        .expect("a file");
    let path = gates.display().to_string();
    let options = ["--target", &target, "-n", "50", "--expect", "error_rate == 0", "--expect-file"];
    let failed = program(&[&options[..], &[&path]].concat());
    assert_eq!(failed.status.code(), Some(1));
    let table = "
expected                actual
error_rate == 0              0  met
calls == 50                 50  met
codes.UNAVAILABLE == 0       0  met
ok > 50                     50  FAILED
";
    let text = String::from_utf8_lossy(&failed.stdout);
    assert!(text.ends_with(table), "{text}");
    assert_eq!(error_of(&failed), "error: 1 of 4 expectations failed: ok > 50 (50)\n");

    let failed = program(&[&options[..], &[&path, "--format", "json"]].concat());
    let report: Value = serde_json::from_slice(&failed.stdout).expect("JSON");
    let judged = &report["expectations"][3];
    assert_eq!((&judged["expectation"], &judged["actual"]), (&"ok > 50".into(), &50.0.into()));
    assert_eq!(judged["verdict"], "failed");
    assert_eq!(report["failure"], "1 of 4 expectations failed: ok > 50 (50)");

    let passed = program(&options[..6]);
    assert_eq!(passed.status.code(), Some(0), "{}", error_of(&passed));
}

#[test]
fn an_expectation_of_no_figure_is_refused_before_any_call() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-gates.toml");
    std::fs::write(&file, "expect = ['p99 <= 5']").expect("a file");
    let path = file.display().to_string();
    for options in [["--expect", "p99 <= 5"], ["--expect-file", &path]] {
        let refused = program(&[&["--target", "http://127.0.0.1:1"][..], &options].concat());
        assert_eq!(refused.status.code(), Some(2));
        let error = error_of(&refused);
        assert!(error.contains("there is no figure 'p99'; the nearest is 'p99_ms'"), "{error}");
    }
}

#[test]
fn an_expectation_of_a_latency_fails_where_nothing_succeeded() {
    let server = constant_server::start(Answer::Code(14), None);
    let target = format!("http://{server}");
    let refused = program(&[
        "--target",
        &target,
        "-n",
        "10",
        "--max-error-rate",
        "1",
        "--expect",
        "p99_ms <= 5",
    ]);
    assert_eq!(refused.status.code(), Some(1));
    let text = String::from_utf8_lossy(&refused.stdout);
    assert!(text.ends_with("\np99_ms <= 5    none  FAILED\n"), "{text}");
}
