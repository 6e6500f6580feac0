//! Where the program puts its reports, and what becomes of the servers that it starts.
#![forbid(unsafe_code)]

mod broken_server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use conformance_wire::start::{free_port, without_settings};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use broken_server::Fault;

/// The program, with `arguments` and no variable that it heeds.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    without_settings(&mut command);
    command
}

/// The few tests of a run that fails at once, since the server there implements nothing.
fn failing_run(arguments: &[&str]) -> Command {
    static SERVER: LazyLock<(Runtime, u16)> = LazyLock::new(|| {
        let runtime = Runtime::new().expect("it starts");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port is free");
        let port = listener.local_addr().expect("it listens").port();
        runtime.spawn(broken_server::serve(listener, Fault::Unimplemented));
        (runtime, port)
    });
    let target = format!("http://127.0.0.1:{}", SERVER.1);
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
        assert_eq!(output.status.code(), Some(2));
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
    assert_eq!(output.status.code(), Some(2));
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

/// Makes a process of this test the server: a variable of its own, so that it is none
/// where whoever runs the tests has set a port.
const SPAWNED: &str = "TEST_SERVER_IS_SPAWNED";

/// The line of a shell that starts [`server_that_is_spawned`].
fn spawned() -> String {
    let program = std::env::current_exe().expect("it has a name");
    format!("env {SPAWNED}=1 '{}' server_that_is_spawned --exact", program.display())
}

/// A server in a process of its own, which the suite starts. By itself it is a test of nothing.
#[test]
fn server_that_is_spawned() {
    let (Ok(_), Ok(port)) = (std::env::var(SPAWNED), std::env::var("MFN_GRPC_PORT")) else {
        return;
    };
    let runtime = Runtime::new().expect("it starts");
    runtime.block_on(async {
        let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await.expect("it is free");
        broken_server::serve(listener, Fault::Unimplemented).await;
    });
}

#[test]
fn what_github_is_told_goes_with_the_table() {
    let folder = empty_folder("github");
    let (summary, json) = (folder.join("summary.md"), folder.join("report.json"));
    fs::write(&summary, "from a step before\n").expect("it can be written");
    let mut command =
        failing_run(&["--github", "--junit", "-", "--json", json.to_str().expect("UTF-8")]);
    command.env("GITHUB_STEP_SUMMARY", &summary);
    let output = output_of(command);
    assert!(text(output.stdout).starts_with("<?xml"));
    let told = text(output.stderr);
    let lines: Vec<_> = told.lines().collect();
    assert!(lines[0].starts_with("::stop-commands::"), "{told}");
    let last = lines.last().expect("there are lines");
    assert!(last.starts_with("::error title=wire/wire/"), "{told}");
    let summary = fs::read_to_string(summary).expect("it is there");
    assert!(summary.starts_with("from a step before\n<h2>"), "{summary}");
}

#[test]
fn the_proto_can_be_had_without_the_source() {
    let mfn = text(output_of(program(&["proto"])).stdout);
    assert!(mfn.contains("service MFNSimulationService"), "{mfn}");
    let folder = empty_folder("proto").join("made");
    let output = output_of(program(&["proto", folder.to_str().expect("UTF-8")]));
    assert!(output.status.success(), "{}", text(output.stderr));
    assert_eq!(fs::read_to_string(folder.join("mfn.proto")).expect("it is there"), mfn);
    assert!(folder.join("health.proto").exists());
    let mut printing = program(&["proto", "-"]);
    printing.current_dir(&folder);
    assert_eq!(text(output_of(printing).stdout), mfn);
    assert!(!folder.join("-").exists(), "a folder is named so");
}

#[test]
fn a_call_can_be_signed_without_the_reference() {
    let mut command =
        program(&["sign", "mfn.MFNSimulationService/RunSimulation", "--timestamp", "1700000000"]);
    command.env("MFN_API_KEY", "test-key");
    let signed = output_of(command);
    insta::assert_snapshot!(text(signed.stdout), @"-H x-api-key:test-key -H x-timestamp:1700000000 -H x-signature:05d17f75d6488b56b27205370b881a08c5356c64f0bfa0a3f92139f046138379");
    assert_eq!(text(signed.stderr), "");
    let output = output_of(program(&["sign", "a/b"]));
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(text(output.stderr), @"error: there is no key to sign with: set MFN_API_KEY");
}

#[test]
fn a_method_that_mfn_has_not_is_signed_with_a_warning() {
    let mut command = program(&["sign", "/mfn.MFNSimulationService/RunSimulatoin"]);
    let output = output_of_signing(&mut command);
    assert!(text(output.stdout).starts_with("-H x-api-key:test-key "));
    insta::assert_snapshot!(text(output.stderr), @"warning: 'mfn.MFNSimulationService/RunSimulatoin' is no method of MFN; it is signed all the same");
}

#[test]
fn a_timestamp_that_the_shell_would_split_is_refused() {
    for timestamp in ["1700000000 ", "1 2", "1\t2"] {
        let mut command = program(&["sign", "mfn.MFNSimulationService/RunSimulation"]);
        let output = output_of_signing(command.args(["--timestamp", timestamp]));
        assert_eq!((output.status.code(), text(output.stdout)), (Some(2), String::new()));
        let told = text(output.stderr);
        assert!(told.starts_with("error: a timestamp with white space "), "{told}");
    }
}

/// What the program comes to with a key to sign with.
fn output_of_signing(command: &mut Command) -> Output {
    command.env("MFN_API_KEY", "test-key").output().expect("it starts")
}

#[test]
fn a_server_that_does_not_start_shows_what_it_wrote() {
    let folder = empty_folder("server-log").join("logs");
    let path = folder.to_str().expect("UTF-8");
    let command = "sh -c 'echo no such option: --port >&2; echo starting; exit 3'";
    let run = ["run", "--run", "wire/*seed*", "--spawn", command, "--server-log", path];
    let told = text(output_of(program(&run)).stderr);
    assert!(told.contains("ended at its start"), "{told}");
    assert!(told.contains("\n  | no such option: --port\n"), "{told}");
    let kept = |name: &str| fs::read_to_string(folder.join(name)).expect("it is kept");
    assert_eq!(kept("001-open.stderr"), "no such option: --port\n");
    assert_eq!(kept("001-open.stdout"), "starting\n");
    // It could have been its port.
    assert_eq!(kept("003-open.stdout"), "starting\n");
    assert_eq!(fs::read_dir(&folder).expect("it is there").count(), 2 * 3);
}

#[test]
fn a_server_is_left_running_where_that_is_asked_for() {
    let command = spawned();
    let few = ["run", "--run", "wire/*seed*", "--spawn", &command];
    let ended = text(output_of(program(&few)).stdout);
    assert!(!ended.contains("left running"), "{ended}");
    let kept = text(output_of(program(&[&few[..], &["--keep-running"]].concat())).stdout);
    let line = kept.lines().find(|line| line.starts_with("left running: process "));
    let words: Vec<_> = line.expect("it says so").split(' ').collect();
    let (id, address) = (words[3], words.last().expect("an address"));
    let address = address.strip_prefix("http://").expect("without TLS");
    let listens = std::net::TcpStream::connect(address).is_ok();
    let killed = Command::new("kill").args(["-9", id]).status().expect("kill starts");
    assert!(listens && killed.success(), "{kept}");
    let folder = kept.lines().find_map(|line| line.split_once("other files are in "));
    fs::remove_dir_all(folder.expect("it says so").1).expect("it is there");
}

#[test]
fn the_list_of_tests_is_there_in_json() {
    let output = output_of(program(&["list", "--profile", "wire", "--json"]));
    let tests: Vec<Value> = serde_json::from_slice(&output.stdout).expect("an array");
    assert!(tests.len() > 10, "{tests:?}");
    let as_text = text(output_of(program(&["list", "--profile", "wire"])).stdout);
    assert_eq!(as_text.lines().count(), 3 * tests.len());
    for test in &tests {
        assert_eq!(test["profile"], "wire");
        let [name, title] = ["name", "title"].map(|field| test[field].as_str().expect("a text"));
        assert!(as_text.contains(&format!("{name}\n")) && as_text.contains(title), "{test}");
        assert!(test["shows"][0].as_str().is_some_and(|id| id.starts_with("MFN-")), "{test}");
        assert!(test["level"].is_string(), "{test}");
    }
}
