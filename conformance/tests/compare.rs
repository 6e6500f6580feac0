//! `conformance compare` as a program: what is left when somebody ends it.
#![forbid(unsafe_code)]

#[path = "../load/benches/load_capacity/constant_server.rs"]
mod constant_server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use constant_server::Answer;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

const LOOK_EVERY: Duration = Duration::from_millis(10);
/// More than anything here takes, on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(1);
/// Makes a process of this test a server: a variable of its own, so that it is none where
/// whoever runs the tests has set a port.
const SERVES: &str = "TEST_SERVER_OF_COMPARISONS";

/// Not a test: a server that is started serves here until it is killed.
#[test]
fn be_a_server() {
    let variable = |name| std::env::var(name).ok();
    let (Some(_), Some(port)) = (variable(SERVES), variable("MFN_GRPC_PORT")) else { return };
    constant_server::start_at(port.parse().expect("a port"), Answer::Messages(1, 0), None);
    loop {
        std::thread::park();
    }
}

/// A command that starts a server, which writes its process id to `file` before.
fn server(file: &Path) -> String {
    let this = std::env::current_exe().expect("it runs");
    let (this, file) = (this.display(), file.display());
    format!(
        "sh -c 'echo $$ > {file}.new; mv {file}.new {file}; {SERVES}=1 exec {this} --exact be_a_server'"
    )
}

/// A file of this name that is not there yet.
fn file(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::remove_file(&path).ok();
    path
}

#[test]
fn servers_end_with_a_comparison_that_somebody_ends() {
    for (signal, said) in
        [(Signal::TERM, "error: it was terminated\n"), (Signal::INT, "error: it was interrupted\n")]
    {
        let files = ["compare-a.pid", "compare-b.pid"].map(file);
        let [a, b] = files.each_ref().map(|file| server(file));
        let mut comparison = Command::new(env!("CARGO_BIN_EXE_conformance"))
            .args(["compare", &a, &b, "--rounds", "10000", "--turn", "1s"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        wait_until("both servers are started", || {
            assert!(comparison.try_wait().expect("its state is known").is_none(), "it has ended");
            files.iter().all(|file| file.exists())
        });
        kill_process(Pid::from_child(&comparison), signal).expect("it runs");
        let output = comparison.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(2), "{signal:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), said);
        for file in files {
            let pid = fs::read_to_string(file).expect("it was written");
            let pid = Pid::from_raw(pid.trim().parse().expect("a number")).expect("an id");
            // Whoever has inherited it may take a moment to wait for it.
            wait_until("the server has ended", || !is_running(pid));
        }
    }
}

#[test]
fn exit_codes_tell_what_went_wrong() {
    let compare = |options: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
        command.arg("compare").args(options).output().expect("it starts")
    };
    let server = constant_server::start(Answer::Messages(1, 0), None);
    let at = format!("http://{server}");
    let short = ["--rounds", "12", "--turn", "10ms", "--warm-up", "0s", "-c", "2", "-m", "2"];
    let more = ["--expect", "a.error_rate == 0", "--expect", "b.ok_per_second < 0"];
    let failed = compare(&[&[&*at, &*at][..], &short, &more].concat());
    assert_eq!(failed.status.code(), Some(1));
    let text = String::from_utf8_lossy(&failed.stdout);
    assert!(text.contains("note: the process of A is not known"), "{text}");
    assert!(text.contains("\na.error_rate == 0 "), "{text}");
    let error = String::from_utf8_lossy(&failed.stderr);
    assert!(
        error.starts_with("error: 1 of 2 expectations failed: b.ok_per_second < 0 ("),
        "{error}"
    );

    let passed = compare(&[&[&*at, &*at][..], &short, &more[..2]].concat());
    assert_eq!(passed.status.code(), Some(0));

    let nowhere = compare(&[&*at, "http://127.0.0.1:1"]);
    assert_eq!(nowhere.status.code(), Some(2));
    let error = String::from_utf8_lossy(&nowhere.stderr);
    assert!(error.starts_with("error: cannot connect to http://127.0.0.1:1"), "{error}");
    assert_eq!(error.lines().count(), 1);
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        sleep(LOOK_EVERY);
    }
}

/// Whether a process runs; one that was killed and not waited for yet does not.
fn is_running(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    let is_dead = stat.is_ok_and(|stat| stat.contains(") Z "));
    test_kill_process(pid).is_ok() && !is_dead
}
