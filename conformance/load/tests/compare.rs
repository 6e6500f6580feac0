//! Servers compared: those that cost what they cost by construction, those that
//! refuse, and those of which too little is known.
#![forbid(unsafe_code)]

#[path = "../benches/load_capacity/constant_server.rs"]
mod constant_server;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use conformance_load::Failure;
use conformance_load::compare::{Calls, Compare, Figure, Server, Turns};
use serde_json::Value;

use constant_server::Answer;

/// How many steps a started server takes for a call.
const STEPS: &str = "TEST_SERVER_STEPS";
/// Turns so short that the test is soon over, and calls that two cores can make.
const SHORT: [&str; 10] =
    ["--rounds", "12", "--turn", "10ms", "--warm-up", "10ms", "-c", "2", "-m", "2"];
/// Servers that are started once, for the same reason.
const ONCE: [&str; 2] = ["--starts", "1"];

#[derive(Debug, Parser)]
struct Cli {
    #[command(flatten)]
    compare: Compare,
}

/// Compares, and reads the report: what it came to, and the report if there is one.
fn compare(name: &str, a: &str, b: &str, more: &[&str]) -> (Result<(), Failure>, Value) {
    let file = file(name);
    let path = file.display().to_string();
    let fixed = ["compare", a, b, "--format", "json", "--output", &path];
    let options = fixed.iter().chain(&SHORT).chain(more);
    let result = Cli::try_parse_from(options).expect("good options").compare.run();
    let report = fs::read_to_string(&file).unwrap_or_default();
    (result, serde_json::from_str(&report).unwrap_or_default())
}

/// A file of this name that is not there yet.
fn file(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::remove_file(&path).ok();
    path
}

/// A command that starts a server which takes so many steps for a call.
fn server_of(steps: u32) -> String {
    let this = std::env::current_exe().expect("it runs");
    format!("env {STEPS}={steps} '{}' --exact be_a_server", this.display())
}

/// Not a test: what `server_of` starts serves here until it is killed.
#[test]
fn be_a_server() {
    let variable = |name: &str| std::env::var(name).ok();
    let (Some(steps), Some(port)) = (variable(STEPS), variable("MFN_GRPC_PORT")) else { return };
    let steps = steps.parse().expect("a number of steps");
    constant_server::start_at(port.parse().expect("a port"), Answer::AfterSteps(steps), None);
    loop {
        std::thread::park();
    }
}

fn rounds(report: &Value) -> usize {
    report["b"]["rounds"].as_array().map_or(0, Vec::len)
}

fn ratio(report: &Value, figure: &str) -> f64 {
    report["ratios"][figure]["ratio"].as_f64().unwrap_or_else(|| panic!("{figure}: {report:#}"))
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_that_costs_more_fails_the_gate_and_one_that_costs_less_does_not() {
    let gate = ["--expect", "ratio.cpu_per_call <= 1.02"];
    let anew = ["--starts", "12"];
    let (light, heavy) = (server_of(0), server_of(100_000));
    let (result, report) = compare("costs-more.json", &light, &heavy, &[gate, anew].concat());
    let Err(Failure::Work(message)) = result else { panic!("{result:?}: {report:#}") };
    assert!(message.starts_with("1 of 1 expectations failed: ratio.cpu_per_call <= 1.02 ("));
    assert_eq!(report["expectations"][0]["verdict"], "failed");
    assert_eq!(report["failure"], message);
    assert!(ratio(&report, "cpu_per_call") > 2.0);
    assert!(ratio(&report, "ok_per_second") < 1.0);
    assert_eq!((&report["parameters"]["starts"], rounds(&report)), (&12.into(), 12));

    let (result, report) = compare("costs-less.json", &heavy, &light, &[gate, ONCE].concat());
    assert_eq!(result, Ok(()), "{report:#}");
    assert_eq!(report["expectations"][0]["verdict"], "met");
    assert_eq!(report["failure"], Value::Null);
    assert_eq!((&report["parameters"]["starts"], rounds(&report)), (&1.into(), 12));
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_is_compared_with_one_that_was_saved() {
    let saved = file("saved.json");
    let path = saved.display().to_string();
    let (light, heavy) = (server_of(0), server_of(100_000));
    let (result, _) =
        compare("then.json", &light, &light, &[&["--save", &path][..], &ONCE].concat());
    assert_eq!(result, Ok(()));

    let with_baseline =
        ["--starts", "1", "--baseline", &path, "--expect", "baseline.cpu_per_call <= 1.02"];
    let (result, report) = compare("now.json", &light, &heavy, &with_baseline);
    assert!(matches!(result, Err(Failure::Work(_))), "{result:?}: {report:#}");
    assert_eq!(report["baseline"]["differences"], Value::Array(Vec::new()), "{result:?}");

    let text = fs::read_to_string(&saved).expect("it was saved");
    let mut other: Value = serde_json::from_str(&text).expect("JSON");
    other["machine"]["cpu"] = "another one".into();
    other["parameters"]["streams"] = 7.into();
    fs::write(&saved, other.to_string()).expect("a file");
    let (result, _) = compare("now-2.json", &light, &heavy, &with_baseline);
    let Err(failure) = result else { panic!("there is nothing to compare with") };
    assert_eq!(failure.exit_code(), 2);
    let message = failure.to_string();
    assert!(message.contains("the CPU was another one and is "), "{message}");
    assert!(message.contains("the number of streams was 7 and is 2"), "{message}");

    let (result, report) = compare("now-3.json", &light, &heavy, &with_baseline[..4]);
    assert_eq!(result, Ok(()), "without an expectation of it, it is only told");
    assert_eq!(report["baseline"]["differences"].as_array().map(Vec::len), Some(2));
}

#[test]
fn servers_in_this_process_are_told_apart_by_their_successes() {
    let light = constant_server::start(Answer::AfterSteps(0), None);
    let heavy = constant_server::start(Answer::AfterSteps(200_000), None);
    let server = |at| Server { target: format!("http://{at}"), ..Server::default() };
    let turns = Turns {
        rounds: 12,
        length: Duration::from_millis(20),
        warm_up: Duration::ZERO,
        ..Turns::default()
    };
    let calls = Calls { connections: 2, streams: 2, ..Calls::default() };
    let servers = [server(light), server(heavy), server(light)];
    let measured = turns.measure(&servers, &calls).expect("they answer");
    let ratio = |of, to, figure| measured.ratio(of, to, figure).expect("it is known");
    for one in [0, 2] {
        let ok = ratio(1, one, Figure::OkPerSecond);
        assert!(ok.ratio < 0.8 && ok.interval_95[1] < 1.0, "{ok:?}");
        let p50 = ratio(1, one, Figure::P50);
        assert!(p50.ratio > 1.25 && p50.interval_95[0] > 1.0, "{p50:?}");
    }
    assert_eq!(measured.ratio(1, 0, Figure::CpuPerCall), None, "the process is not given");
}

#[test]
fn a_server_that_refuses_most_calls_is_not_compared() {
    // A `google.rpc.Status` with an `ErrorInfo` whose reason is RATE_LIMIT_RPS.
    const DETAILS: &str =
        "GjwKKHR5cGUuZ29vZ2xlYXBpcy5jb20vZ29vZ2xlLnJwYy5FcnJvckluZm8SEAoOUkFURV9MSU1JVF9SUFM";
    let answers = constant_server::start(Answer::Messages(1, 0), None);
    let refuses = constant_server::start(Answer::Refused(DETAILS), None);
    let (answers, refuses) = (format!("http://{answers}"), format!("http://{refuses}"));
    let (result, report) = compare("refused.json", &answers, &refuses, &[]);
    let Err(Failure::Work(message)) = result else { panic!("{result:?}: {report:#}") };
    assert!(message.starts_with(&refuses), "{message}");
    assert!(message.contains("refused for RATE_LIMIT_RPS"), "{message}");
    assert!(message.contains("MFN_GRPC_RATE_LIMIT_RPS=0"), "{message}");
}

#[test]
fn what_cannot_be_judged_is_said_before_any_call() {
    let nowhere = "http://127.0.0.1:1";
    let output = file("never.json").display().to_string();
    let refused = |more: &[&str]| match compare("never.json", nowhere, nowhere, more).0 {
        Err(Failure::Usage(message)) => message,
        other => panic!("{more:?}: {other:?}"),
    };
    let refusals: Vec<_> = [
        &["--expect", "ratio.cpu_per_call <= 1.02", "--pid-a", "1"][..],
        &["--expect", "baseline.p50 <= 1.02"],
        &["--baseline", "/nowhere/then.json"],
        &["--expect-file", "/nowhere/gates.toml"],
        &["--save", &output],
    ]
    .iter()
    .map(|more| refused(more))
    .collect();
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn a_command_that_does_not_serve_is_told_with_what_it_said() {
    let told = file("starts-of-none");
    let ends = format!("sh -c 'echo >>\"{}\"; echo no such model >&2; exit 3'", told.display());
    let (result, _) = compare("ends.json", &ends, &ends, &[]);
    let Err(failure) = result else { panic!("it serves nothing") };
    assert_eq!(failure.exit_code(), 2);
    let message = failure.to_string();
    assert!(message.contains("ended before it listened, with exit status: 3"), "{message}");
    assert!(message.ends_with("no such model"), "{message}");
    // It could have been its port.
    assert_eq!(fs::read_to_string(&told).expect("a file").lines().count(), 3);
}

#[test]
fn a_server_that_ends_before_it_listens_is_started_again() {
    let (told, script) = (file("starts-of-one"), file("ends-once.sh"));
    let (server, told_path) = (server_of(1), told.display());
    let ends_once = format!("echo >>'{told_path}'\n[ $(wc -l <'{told_path}') -gt 1 ] || exit 3");
    fs::write(&script, format!("{ends_once}\nexec {server}")).expect("a file");
    let command = format!("sh '{}'", script.display());
    let (result, report) = compare("ends-once.json", &command, &server, &ONCE);
    result.expect("it serves, once it is started again");
    assert_eq!(rounds(&report), 12);
    assert_eq!(fs::read_to_string(&told).expect("a file").lines().count(), 2);
}
