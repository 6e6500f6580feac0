//! The audit: one line a call, whatever becomes of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use futures_util::future::join_all;
use futures_util::stream::{StreamExt as _, iter};
use http::Method;
use serde_json::Value;

use crate::caller::{
    RUN, STREAM, call, encoded, endless, endless_stream, head, open_stream, raw, small, try_call,
};
use crate::serving::{Serving, mfn};
use crate::signed::{set, signed};
use crate::soon;

pub(crate) const KEY: &str = "key-of-the-tests";

/// An audit log that no other test has.
pub(crate) fn log(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::remove_file(&path).ok();
    path
}

pub(crate) fn start(log: &Path, flags: &[&str]) -> Serving {
    let mut command = mfn(&["serve", "--port", "0", "--host", "127.0.0.1"]);
    command.arg("--audit-log").arg(log).args(flags).env("MFN_API_KEYS", KEY);
    Serving::start_command(&mut command)
}

pub(crate) fn lines(log: &Path) -> Vec<Value> {
    let text = fs::read_to_string(log).expect("it is there");
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(parse).collect()
}

pub(crate) fn parse(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// How many calls ended for each reason, or with each code without one.
pub(crate) fn counts(lines: &[Value]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        let of = line["reason"].as_str().or(line["code"].as_str()).expect("a text");
        *counts.entry(of.to_owned()).or_default() += calls_of(line);
    }
    counts
}

/// How many calls a line is of.
pub(crate) fn calls_of(line: &Value) -> usize {
    line["count"].as_u64().unwrap_or(1) as usize
}

// shows MFN-AUDIT-007, MFN-AUDIT-009, MFN-AUDIT-013
#[tokio::test]
async fn of_20000_calls_of_every_kind_there_are_20000_lines() {
    const EACH: usize = 2220;
    const OPEN: usize = 16;
    let log = log("all.jsonl");
    let limits = ["--rate-limit-rps", "0", "--rate-limit-concurrent", "0"];
    let flags = [&limits[..], &["--shutdown-grace-ms", "100", "--queue-depth", "10000"]].concat();
    let mut server = start(&log, &flags);
    let connections = join_all((0..4).map(|_| raw(&server))).await;
    for round in 0..EACH / 10 {
        let requests = &connections[round % 4];
        let ten = join_all((0..10).map(|_| async {
            let answered = call(requests, signed(KEY, RUN), encoded(&small()));
            let out_of_range = mfn_proto::SimulationRequest { grid_size: 3, ..small() };
            let out_of_range = call(requests, signed(KEY, RUN), encoded(&out_of_range));
            let unsigned = call(requests, head(RUN), encoded(&small()));
            let unknown = call(requests, signed(KEY, "/mfn.Unknown/Method"), Vec::new());
            let malformed = call(requests, signed(KEY, RUN), vec![0, 0, 0, 0, 1, 255]);
            let empty = call(requests, signed(KEY, RUN), Vec::new());
            let mut late = signed(KEY, RUN);
            set(&mut late, "grpc-timeout", "1n");
            let late = call(requests, late, encoded(&endless()));
            let stream = mfn_proto::SimulationStreamRequest { grid_size: 4, ..Default::default() };
            let stream = call(requests, signed(KEY, STREAM), encoded(&stream));
            let mut get = signed(KEY, RUN);
            *get.method_mut() = Method::GET;
            let not_grpc = call(requests, get, Vec::new());
            let health = call(requests, head("/grpc.health.v1.Health/Check"), vec![0; 5]);
            tokio::join!(
                answered,
                out_of_range,
                unsigned,
                unknown,
                malformed,
                empty,
                late,
                stream,
                not_grpc,
                health
            );
        }));
        soon("ten of each kind", ten).await;
    }
    // One that is cancelled by its caller, and some that the end of the server
    // cuts off.
    drop(open_stream(&connections[0], signed(KEY, STREAM)).await);
    let open: Vec<_> = (1..OPEN)
        .map(|n| {
            let requests = connections[n % 4].clone();
            let body = encoded(&endless_stream(false));
            tokio::spawn(async move { try_call(&requests, signed(KEY, STREAM), body).await })
        })
        .collect();
    // This one is answered after the server has seen the others.
    for requests in &connections {
        call(requests, head(RUN), Vec::new()).await;
    }
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    soon("the end of all calls", join_all(open)).await;

    let lines = lines(&log);
    let expected = [
        ("OK", 2 * EACH),
        ("PARAMETER_OUT_OF_RANGE", EACH),
        ("CREDENTIALS_MISSING", EACH + connections.len()),
        ("METHOD_UNKNOWN", EACH),
        ("MALFORMED_MESSAGE", EACH),
        ("CARDINALITY", EACH),
        ("DEADLINE", EACH),
        ("NOT_GRPC", EACH),
        ("CANCELLED", 1),
        ("SHUTTING_DOWN", OPEN - 1),
    ];
    let expected: BTreeMap<_, _> =
        expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    assert_eq!(counts(&lines), expected);
    assert_eq!(lines.iter().map(calls_of).sum::<usize>(), 20_000);
}

// shows MFN-AUDIT-009, MFN-AUDIT-011
#[tokio::test]
async fn a_flood_of_calls_without_a_key_is_a_few_lines_that_count_them() {
    const CALLS: usize = 10_000;
    let log = log("flood.jsonl");
    let mut server = start(&log, &["--rate-limit-rps", "0"]);
    let requests = raw(&server).await;
    let calls = (0..CALLS).map(|number| {
        // What is refused before credentials are looked at, and what needs none.
        let mut head = match number % 4 {
            0 => head("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"),
            1 => head("/mfn.Unknown/Method"),
            _ => head(RUN),
        };
        if number % 4 == 2 {
            *head.method_mut() = Method::GET;
        }
        call(&requests, head, Vec::new())
    });
    soon("all calls", iter(calls).buffer_unordered(50).collect::<Vec<_>>()).await;
    // Callers with a key have their lines whatever else comes.
    for _ in 0..200 {
        call(&requests, signed(KEY, RUN), Vec::new()).await;
    }
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));

    let lines = lines(&log);
    let counts = counts(&lines);
    assert_eq!(counts.values().sum::<usize>(), CALLS + 200);
    assert_eq!(counts["CREDENTIALS_MISSING"], CALLS / 2);
    assert_eq!(counts["NOT_GRPC"], CALLS / 4);
    let of_key = lines.iter().filter(|line| line["key_id"].is_string()).count();
    assert_eq!(of_key, 200);
    assert!(lines.len() < CALLS / 2, "{} lines", lines.len());
    let sum = lines.iter().find(|line| line["count"].is_u64()).expect("a sum");
    let fields: Vec<_> = sum.as_object().expect("an object").keys().collect();
    assert_eq!(fields, ["code", "count", "kind", "reason", "ts"]);
}

// shows MFN-AUDIT-011
#[tokio::test]
async fn without_keys_a_flood_beyond_the_limits_is_a_few_lines_as_well() {
    const CALLS: usize = 5000;
    let log = log("anonymous-flood.jsonl");
    let mut command = mfn(&["serve", "--port", "0", "--rate-limit-rps", "1"]);
    let mut server = Serving::start_command(command.arg("--audit-log").arg(&log));
    let requests = raw(&server).await;
    let calls = (0..CALLS).map(|_| call(&requests, head(RUN), Vec::new()));
    soon("all calls", iter(calls).buffer_unordered(50).collect::<Vec<_>>()).await;
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    let lines = lines(&log);
    assert_eq!(counts(&lines).values().sum::<usize>(), CALLS);
    assert!(lines.len() < CALLS / 2, "{} lines", lines.len());
}

// shows MFN-AUDIT-011
#[tokio::test]
async fn without_keys_every_admitted_call_has_a_line_however_it_ends() {
    const EACH: usize = 200;
    let log = log("anonymous-admitted.jsonl");
    let mut command = mfn(&["serve", "--port", "0", "--rate-limit-rps", "0"]);
    let mut server = Serving::start_command(command.arg("--audit-log").arg(&log));
    let requests = raw(&server).await;
    let calls = (0..2 * EACH).map(|number| {
        let mut head = head(RUN);
        if number % 2 == 0 {
            return call(&requests, head, Vec::new());
        }
        set(&mut head, "grpc-timeout", "20m");
        call(&requests, head, encoded(&endless()))
    });
    soon("all calls", iter(calls).buffer_unordered(50).collect::<Vec<_>>()).await;
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    let lines = lines(&log);
    assert!(lines.iter().all(|line| line["key_id"] == "anonymous"), "{lines:?}");
    assert_eq!(lines.len(), 2 * EACH);
    assert_eq!(counts(&lines)["CARDINALITY"], EACH);
}

// shows MFN-AUDIT-006
#[tokio::test]
async fn on_sighup_it_goes_on_in_a_new_file() {
    let (log, moved) = (log("moved.jsonl"), log("moved.jsonl.1"));
    let mut server = start(&log, &[]);
    let requests = raw(&server).await;
    call(&requests, signed(KEY, RUN), encoded(&small())).await;
    fs::rename(&log, &moved).expect("it is there");
    server.signal("HUP");
    server.logged("the audit log is reopened");
    for _ in 0..2 {
        call(&requests, signed(KEY, RUN), encoded(&small())).await;
    }
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    assert_eq!((lines(&moved).len(), lines(&log).len()), (1, 2));
}

#[test]
fn a_log_that_cannot_be_written_stops_the_start() {
    let output = mfn(&["serve", "--port", "0", "--audit-log", "/nowhere/audit.jsonl"]).output();
    let output = output.expect("mfn starts");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(said.contains("MFN_GRPC_AUDIT_LOG (--audit-log) is '/nowhere/audit.jsonl'"), "{said}");
}

// shows MFN-AUDIT-013, MFN-LIFE-008
#[tokio::test]
async fn calls_that_a_second_signal_abandons_have_their_lines_too() {
    let log = log("abandoned.jsonl");
    let mut server = start(&log, &["--shutdown-grace-ms", "60000"]);
    let requests = raw(&server).await;
    drop(open_stream(&requests, signed(KEY, STREAM)).await);
    let abandoned = open_stream(&requests, signed(KEY, STREAM)).await;
    call(&requests, signed(KEY, RUN), encoded(&small())).await;
    server.signal("TERM");
    server.logged("finishing the open calls");
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    drop(abandoned);
    let expected = [("CANCELLED".to_owned(), 2), ("OK".to_owned(), 1)];
    assert_eq!(counts(&lines(&log)), BTreeMap::from(expected));
}
