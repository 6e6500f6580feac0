//! The start of a server, where the system does not give what it needs.

use std::process::{Command, Output};

use tokio::net::{TcpListener, TcpSocket};

use crate::serving::{MFN, mfn, without_settings};

/// A virtual memory, in KiB, in which the stacks of 1024 threads have no room.
const LITTLE_MEMORY: u32 = 1_000_000;

/// The one line of a server that has not started, with the exit code 1.
fn complaint(output: Output) -> String {
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(String::from_utf8(output.stdout).expect("UTF-8"), "", "it did not start: {said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    said.trim_end().to_owned()
}

fn with_limit(limit: &str, flags: &[&str]) -> String {
    let script = format!("ulimit {limit} && exec \"$0\" serve --port 0 \"$@\"");
    let mut command = Command::new("sh");
    without_settings(&mut command).args(["-c", &script, MFN]).args(flags);
    // Each thread's arena of the C library would take memory of its own, and a thread
    // that has none for its destructors ends the process before the server can speak.
    // So that one arena takes room for all of them while there is some.
    command.env("MALLOC_ARENA_MAX", "1").env("MALLOC_TOP_PAD_", "16777216");
    complaint(command.output().expect("sh starts"))
}

// shows MFN-LIFE-012
#[test]
fn a_server_without_all_of_its_threads_is_not_said_to_listen() {
    let said = with_limit(&format!("-v {LITTLE_MEMORY}"), &["--max-workers", "1024"]);
    let (_, named) = said.split_once("the thread mfn-compute-").expect(&said);
    let rest = named.trim_start_matches(|c: char| c.is_ascii_digit());
    insta::assert_snapshot!(rest, @" cannot be started: Resource temporarily unavailable (os error 11); allow the server more threads (ulimit -u, or pids.max of its cgroup) and memory, or ask for fewer threads by --max-workers and --io-threads");
}

// shows MFN-LIFE-012
#[test]
fn a_server_without_enough_open_files_names_what_it_could_not_start() {
    insta::assert_snapshot!(with_limit("-n 12", &["--io-threads", "16"]), @"error: cannot start: the event loop of mfn-io-0 cannot be started: Too many open files (os error 24); allow the server more open files (ulimit -n), or ask for fewer threads by --max-workers and --io-threads");
}

/// By one that is open, since how long one that has ended holds its port depends on
/// what else the machine has to do.
#[tokio::test]
async fn a_port_held_by_a_connection_is_not_said_to_be_another_program_s() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let there = listener.local_addr().expect("an address");
    let client = TcpSocket::new_v4().expect("a socket");
    client.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let client = client.connect(there).await.expect("it listens");
    let held = client.local_addr().expect("an address").port().to_string();

    let said = complaint(mfn(&["serve", "--port", &held]).output().expect("mfn starts"));
    insta::assert_snapshot!(said.replace(&held, "PORT"), @"error: cannot listen on 127.0.0.1:PORT: port PORT is taken, by a program that listens there or by a connection from this machine, which may hold it for a minute after its end; choose another --port, or 0 for any");
    drop(client);
}
