//! `mfn sweep` by a server.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::thread;
use std::time::Duration;

use crate::GUARD;
use crate::serving::{Serving, mfn};

const SWEEP: [&str; 9] = [
    "sweep",
    "--seeds",
    "0..20",
    "--grid-size",
    "4,32",
    "--turing-enabled",
    "false,true",
    "--steps",
    "9",
];

fn sweep(arguments: &[&str]) -> Output {
    mfn(&[&SWEEP[..], arguments].concat()).output().expect("mfn starts")
}

fn table(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = sweep(arguments);
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("UTF-8")
}

#[test]
fn rows_of_a_server_are_those_of_this_process_to_the_last_byte() {
    let server = Serving::start(&[]);
    let target = server.address.to_string();
    for format in ["--csv", "--ndjson"] {
        for more in [&[][..], &["--features", "--jobs", "3"]] {
            let flags = [&[format, "-"], more].concat();
            let here = table(&flags);
            assert_eq!(here.lines().count(), 80 + if format == "--csv" { 2 } else { 1 });
            assert_eq!(here, table(&[&flags[..], &["--target", &target]].concat()));
        }
    }
}

#[test]
fn a_limit_is_waited_for_and_fails_nothing() {
    let server = Serving::start_with_keys("a-key", &["--rate-limit-rps", "60"]);
    let target = server.address.to_string();
    let flags = ["--target", &target, "--api-key", "a-key", "--jobs", "40", "--retries", "0"];
    assert_eq!(table(&flags), table(&[]));
}

#[test]
fn a_sweep_whose_server_is_killed_goes_on_elsewhere() {
    let endless = ["sweep", "--seeds", "0..1000000", "--grid-size", "16", "--steps", "8"];
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sweep.csv");
    let path = file.to_str().expect("UTF-8").to_owned();
    let server = Serving::start(&[]);
    let target = server.address.to_string();
    let arguments =
        [&endless[..], &["--csv", &path, "--target", &target, "--retries", "0"]].concat();
    let program = mfn(&arguments).stderr(std::process::Stdio::piped()).spawn().expect("mfn starts");
    wait_for_rows(&file, 0);
    server.signal("KILL");
    let output = program.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(said.starts_with("error: UNAVAILABLE"), "{said}");
    assert!(said.contains("of 1000000 rows are in"), "{said}");

    let before = fs::read_to_string(&file).expect("a file");
    let mut program = mfn(&[&endless[..], &["--csv", &path]].concat()).spawn().expect("mfn starts");
    wait_for_rows(&file, rows(&file));
    program.kill().expect("it runs");
    program.wait().expect("it ends");
    let after = fs::read_to_string(&file).expect("a file");
    assert!(after.starts_with(&before));
    let (whole, _) = after.rsplit_once('\n').expect("lines");
    let seeds = format!("0..{}", whole.lines().count() - 2);
    let arguments = ["sweep", "--seeds", &seeds, "--grid-size", "16", "--steps", "8"];
    let expected = mfn(&arguments).output().expect("mfn starts").stdout;
    let expected = String::from_utf8(expected).expect("UTF-8");
    assert!(expected.lines().skip(1).eq(whole.lines().skip(1)));
}

fn rows(file: &Path) -> usize {
    let written = fs::read_to_string(file).unwrap_or_default();
    written.matches('\n').count().saturating_sub(2)
}

fn wait_for_rows(file: &Path, more_than: usize) {
    let start = std::time::Instant::now();
    while rows(file) <= more_than {
        assert!(start.elapsed() < GUARD, "no row is written");
        thread::sleep(Duration::from_millis(10));
    }
}
