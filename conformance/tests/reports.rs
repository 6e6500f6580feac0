//! Where the program puts its reports.
#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use conformance::server::free_port;
use serde_json::Value;

/// The program, with `arguments` and no variable that it heeds.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MFN_") {
            command.env_remove(name);
        }
    }
    command
}

/// The few tests of a run that fails at once, since nobody listens there.
fn failing_run(arguments: &[&str]) -> Command {
    let target = format!("http://127.0.0.1:{}", free_port().expect("one is free"));
    let few = ["run", "--run", "wire/*seed*", "--target", &target];
    program(&[&few[..], arguments].concat())
}

fn output_of(mut command: Command) -> Output {
    command.output().expect("it starts")
}

/// What the program comes to when nobody reads its standard output.
fn unread(mut command: Command) -> Output {
    let mut child = command.spawn().expect("it starts");
    drop(child.stdout.take());
    child.wait_with_output().expect("it ends")
}

fn empty_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::remove_dir_all(&folder).ok();
    fs::create_dir(&folder).expect("it can be made");
    folder
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("it writes UTF-8")
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_the_run() {
    for flag in ["--json", "--junit", "--html"] {
        let output = output_of(failing_run(&[flag, "/nowhere/report"]));
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(text(output.stdout), "", "there was a run");
        let message = text(output.stderr);
        assert!(message.starts_with("error: cannot write '/nowhere/report': "), "{message}");
    }
}

#[test]
fn an_old_report_outlives_a_load_that_fails() {
    let old = empty_folder("old-report").join("load.json");
    fs::write(&old, "old").expect("it can be written");
    let target = format!("http://127.0.0.1:{}", free_port().expect("one is free"));
    let path = old.to_str().expect("UTF-8");
    let output = output_of(program(&["load", "--target", &target, "--output", path]));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read_to_string(&old).expect("a file"), "old");
}

#[test]
fn a_dash_is_standard_output_and_sends_the_table_to_standard_error() {
    let folder = empty_folder("dash");
    let table = text(output_of(failing_run(&[])).stdout);
    let last = table.lines().last().expect("a table");
    assert!(last.starts_with("failed: "), "{table}");
    let mut command = failing_run(&["--json", "-", "--html", "report.html"]);
    command.current_dir(&folder);
    let output = output_of(command);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON alone");
    assert_eq!(report["failed"], true);
    assert!(text(output.stderr).contains(last));
    let names = fs::read_dir(&folder).expect("a folder");
    let names: Vec<_> = names.map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(names, ["report.html"]);
}

#[test]
fn two_reports_do_not_go_to_one_place() {
    let output = output_of(failing_run(&["--json", "-", "--junit", "-"]));
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(text(output.stderr), @"error: --json and --junit would both write to '-': give each a file of its own");
    let one = empty_folder("one-place").join("report");
    let one = one.to_str().expect("UTF-8");
    let output = output_of(failing_run(&["--json", one, "--html", one]));
    assert_eq!(output.status.code(), Some(2), "{}", text(output.stderr));
}

#[test]
fn a_reader_who_has_gone_gets_no_panic_and_does_not_change_the_verdict() {
    let file = empty_folder("unread").join("report.json");
    let output = unread(failing_run(&["--json", file.to_str().expect("UTF-8")]));
    assert_eq!((output.status.code(), text(output.stderr)), (Some(1), String::new()));
    assert!(file.exists(), "the report is not written");
    let output = unread(failing_run(&["--json", "-"]));
    assert_eq!(output.status.code(), Some(1));
    for arguments in [&["list"][..], &["--help"], &["load", "--help"]] {
        let output = unread(program(arguments));
        assert_eq!((output.status.code(), text(output.stderr)), (Some(0), String::new()));
    }
}
