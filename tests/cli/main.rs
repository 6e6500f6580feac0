//! The program `mfn`, started as a user starts it.

mod call;
mod completions;
mod errors;
mod features;
mod field_files;
mod ghz;
mod help;
mod manual;
mod picture;
mod picture_files;
#[cfg(unix)]
mod serve;
mod sign;
mod simulate;
mod sweep;
mod validate;
mod version;

use std::process::{Command, Output};

use serde_json::Value;

/// `mfn` with `arguments`, and nothing in its environment that it would heed.
fn mfn(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mfn"));
    command.args(arguments);
    for (variable, _) in std::env::vars_os() {
        let name = variable.to_string_lossy();
        if name.starts_with("MFN_") || ["COLUMNS", "NO_COLOR"].contains(&&*name) {
            command.env_remove(variable);
        }
    }
    command
}

fn run(arguments: &[&str]) -> Output {
    mfn(arguments).output().expect("mfn starts")
}

/// Standard output of a run that must succeed and have nothing to complain of.
fn stdout_of(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = run(arguments);
    assert_eq!(text(stderr), "");
    assert!(status.success(), "{status}");
    text(stdout)
}

/// The flags for a request as the known answers have it.
fn flags_of(request: &Value) -> Vec<String> {
    let request = request.as_object().expect("an object");
    let flags = request.iter().filter_map(|(field, value)| {
        let flag = format!("--{}", field.replace('_', "-"));
        match value {
            Value::Bool(on) => on.then_some(flag),
            number => Some(format!("{flag}={number}")),
        }
    });
    flags.collect()
}

/// What `command` answers as JSON.
fn json_of(command: &str, flags: &[impl AsRef<str>]) -> Value {
    let mut arguments = vec![command, "--json"];
    arguments.extend(flags.iter().map(AsRef::as_ref));
    serde_json::from_str(&stdout_of(&arguments)).expect("JSON")
}

/// Requests and results that an independent implementation made.
fn known_answers(section: &str) -> Vec<Value> {
    let fixture = include_str!("../../fixtures/known-answers.json");
    let mut known: Value = serde_json::from_str(fixture).expect("JSON");
    let cases = known[section].take();
    assert!(cases.as_array().is_some_and(|cases| !cases.is_empty()));
    cases.as_array().cloned().unwrap_or_default()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("mfn writes UTF-8")
}
