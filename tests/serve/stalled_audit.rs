//! An audit whose sink takes nothing.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream::{StreamExt as _, iter};
use h2::client::SendRequest;
use tokio::task::spawn_blocking;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::audit::{KEY, calls_of, counts, log, parse, start};
use crate::caller::{RUN, STREAM, call, encoded, open_stream, raw, small};
use crate::serving::{Serving, mfn};
use crate::signed::signed;
use crate::soon;

/// No call is refused for anything but its record.
const UNLIMITED: [&str; 4] = ["--rate-limit-rps", "0", "--rate-limit-concurrent", "0"];
const GRACE: [&str; 2] = ["--shutdown-grace-ms", "100"];
/// Far more than the grace and what a shutdown may take beyond it.
const OUT_OF_PROPORTION: Duration = Duration::from_millis(2400);

/// A pipe that nobody reads. Open both ways, it lets the server open it.
fn unread_pipe(name: &str) -> (PathBuf, File) {
    let pipe = log(name);
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo starts").success());
    let end = File::options().read(true).write(true).open(&pipe).expect("it is there");
    (pipe, end)
}

/// So many signed calls without a message: how many ended for each reason.
async fn calls(requests: &SendRequest<Bytes>, count: usize) -> BTreeMap<String, usize> {
    let calls = (0..count).map(|_| async {
        let (_code, reason) = call(requests, signed(KEY, RUN), Vec::new()).await.told();
        reason
    });
    let reasons = iter(calls).buffer_unordered(50).collect::<Vec<_>>();
    let mut counts = BTreeMap::new();
    for reason in soon("the end of all calls", reasons).await {
        *counts.entry(reason).or_default() += 1;
    }
    counts
}

async fn health(server: &Serving) -> ServingStatus {
    let mut health = HealthClient::new(server.channel().await);
    let answer = health.check(HealthCheckRequest::default()).await.expect("an answer");
    answer.into_inner().status()
}

// shows MFN-AUDIT-012, MFN-ERR-017, MFN-LIFE-010
#[tokio::test]
async fn calls_that_cannot_be_recorded_are_refused_and_counted_and_no_line_is_lost() {
    // More than the server keeps, with those of the lines that a pipe takes.
    const CALLS: usize = 20_000;
    const CONNECTIONS: usize = 10;
    let (pipe, end) = unread_pipe("stalled.pipe");
    let mut server = start(&pipe, &[&UNLIMITED[..], &GRACE].concat());
    let mut watch = HealthClient::new(server.channel().await)
        .watch(HealthCheckRequest::default())
        .await
        .expect("a watch")
        .into_inner();
    let mut state = async || {
        let state = soon("a state", watch.message()).await.expect("no error");
        state.expect("a state").status()
    };
    assert_eq!(state().await, ServingStatus::Serving);
    let connections = join_all((0..CONNECTIONS).map(|_| raw(&server))).await;
    let all = connections.iter().map(|requests| calls(requests, CALLS / CONNECTIONS));
    let mut ended = BTreeMap::<String, usize>::new();
    for (reason, count) in join_all(all).await.into_iter().flatten() {
        *ended.entry(reason).or_default() += count;
    }
    let refused = ended.get("AUDIT_STALLED").copied().unwrap_or(0);
    assert!((1..CALLS).contains(&refused), "{ended:?}");
    assert_eq!(ended.get("CARDINALITY"), Some(&(CALLS - refused)), "{ended:?}");
    server.logged("the audit log takes nothing");
    assert!(server.last_line().contains("stalled.pipe"), "{}", server.last_line());
    assert_eq!(state().await, ServingStatus::NotServing);
    assert_eq!(health(&server).await, ServingStatus::NotServing);

    let read = spawn_blocking(move || {
        let (mut lines, mut of_calls) = (Vec::new(), 0);
        let mut of_pipe = BufReader::new(end).lines();
        while of_calls < CALLS {
            let line = parse(&of_pipe.next().expect("a line").expect("UTF-8"));
            of_calls += calls_of(&line);
            lines.push(line);
        }
        lines
    });
    let read = soon("all lines", read).await.expect("no panic");
    assert_eq!(counts(&read), ended);
    server.logged("the audit log is written again");
    assert!(server.last_line().contains(&format!("refused={refused}")), "{}", server.last_line());
    assert_eq!(state().await, ServingStatus::Serving);
    let again = calls(&connections[0], 1).await;
    assert_eq!(again, BTreeMap::from([("CARDINALITY".to_owned(), 1)]));
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
}

/// What is at the end of a server with `flags` whose audit goes to `sink`, which
/// takes nothing any more after so many calls: its log.
async fn ends_in_time(mut server: Serving, count: usize) -> String {
    // This one is cut off, so that the whole grace is used.
    let _open = open_stream(&raw(&server).await, signed(KEY, STREAM)).await;
    calls(&raw(&server).await, count).await;
    server.is_idle().await;
    server.signal("HUP");
    server.signal("TERM");
    let (code, took) = server.ended().await;
    assert_eq!(code, Some(0));
    assert!(took <= OUT_OF_PROPORTION, "it took {took:?}, which is out of all proportion");
    server.all_that_was_logged()
}

/// How many calls the log says are not in the audit.
fn missing(log: &str) -> usize {
    let said = "its last calls are not in the audit log";
    let line = log.lines().find(|line| line.contains(said)).unwrap_or_else(|| panic!("{log}"));
    let count = line.split("calls=").nth(1).and_then(|rest| rest.split_whitespace().next());
    count.and_then(|count| count.parse().ok()).expect("a count")
}

// shows MFN-AUDIT-013, MFN-LIFE-009
#[tokio::test]
async fn the_end_does_not_wait_for_a_pipe_that_nobody_reads_and_counts_what_is_not_in_it() {
    const CALLS: usize = 3000;
    let (pipe, end) = unread_pipe("end.pipe");
    let server = start(&pipe, &[&UNLIMITED[..], &GRACE].concat());
    let log = ends_in_time(server, CALLS).await;
    // What is in the pipe: it has as many bytes as the server could write.
    let bytes = soon("the bytes", spawn_blocking(move || all_in(end))).await.expect("no panic");
    let lines = bytes.split(|byte| *byte == b'\n').count() - 1;
    // The open stream has a line too.
    assert_eq!(lines + missing(&log), CALLS + 1);
}

/// Reads what is in a pipe, until it finds a mark that it writes itself.
fn all_in(mut pipe: File) -> Vec<u8> {
    const MARK: &[u8] = b"\0";
    let mut bytes = vec![0; 1 << 16];
    let mut all = Vec::new();
    // A pipe takes at least a page more once a page of it was read.
    let mut is_marked = false;
    loop {
        let read = pipe.read(&mut bytes).expect("it can be read");
        all.extend_from_slice(&bytes[..read]);
        if all.ends_with(MARK) {
            all.pop();
            return all;
        }
        if !is_marked && all.len() > 4096 {
            std::io::Write::write_all(&mut pipe, MARK).expect("it has room");
            is_marked = true;
        }
    }
}

// shows MFN-AUDIT-013, MFN-LIFE-009
#[tokio::test]
async fn the_end_does_not_wait_for_a_full_disk() {
    let log = log("end-full.jsonl");
    std::os::unix::fs::symlink("/dev/full", &log).expect("it can be made");
    let server = start(&log, &[&UNLIMITED[..], &GRACE].concat());
    assert_eq!(missing(&ends_in_time(server, 10).await), 11);
}

/// A server whose audit goes to standard error.
fn to_stderr() -> Serving {
    let mut command = mfn(&["serve", "--port", "0", "--host", "127.0.0.1"]);
    Serving::start_command(command.args(UNLIMITED).args(GRACE).env("MFN_API_KEYS", KEY))
}

// shows MFN-AUDIT-013, MFN-LIFE-009
#[tokio::test]
async fn the_end_does_not_wait_for_a_standard_error_that_nobody_reads() {
    ends_in_time(to_stderr(), 3000).await;
}

// shows MFN-AUDIT-013, MFN-LIFE-009
#[tokio::test]
async fn the_end_does_not_wait_for_a_standard_error_that_is_closed() {
    let mut server = to_stderr();
    server.close_stderr();
    ends_in_time(server, 3000).await;
}

// shows MFN-AUDIT-013, MFN-LIFE-009
#[tokio::test]
async fn a_second_signal_does_not_wait_for_the_audit_either() {
    let (pipe, _end) = unread_pipe("second-signal.pipe");
    let mut server = start(&pipe, &[&UNLIMITED[..], &["--shutdown-grace-ms", "60000"]].concat());
    let _open = open_stream(&raw(&server).await, signed(KEY, STREAM)).await;
    calls(&raw(&server).await, 3000).await;
    server.signal("TERM");
    server.logged("finishing the open calls");
    server.signal("TERM");
    let (code, took) = server.ended().await;
    assert_eq!(code, Some(0));
    assert!(took <= OUT_OF_PROPORTION, "it took {took:?}, which is out of all proportion");
    missing(&server.all_that_was_logged());
}

// shows MFN-AUDIT-006, MFN-AUDIT-012
#[tokio::test]
async fn what_a_full_disk_held_up_goes_into_the_file_of_the_next_sighup() {
    let log = log("full.jsonl");
    std::os::unix::fs::symlink("/dev/full", &log).expect("it can be made");
    let mut server = start(&log, &[]);
    let requests = raw(&server).await;
    call(&requests, signed(KEY, RUN), encoded(&small())).await;
    server.logged("cannot write the audit log");
    // To where there is room.
    fs::remove_file(&log).expect("it is there");
    server.signal("HUP");
    server.logged("the audit log is reopened");
    call(&requests, signed(KEY, RUN), Vec::new()).await;
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    let expected = [("OK".to_owned(), 1), ("CARDINALITY".to_owned(), 1)];
    assert_eq!(counts(&crate::audit::lines(&log)), BTreeMap::from(expected));
}
