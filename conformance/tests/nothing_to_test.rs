//! Where nothing can be tested, the program says so in one line, and ends with exit code 2.
#![forbid(unsafe_code)]

use std::process::{Command, Output};

use conformance::server::free_port;

/// Exit code and all lines of `conformance run` with these arguments.
fn run(arguments: &[&str]) -> (Option<i32>, Vec<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MFN_") {
            command.env_remove(name);
        }
    }
    let output = command.arg("run").args(arguments).output().expect("it starts");
    let Output { status, stdout, stderr } = output;
    let text = String::from_utf8([stdout, stderr].concat()).expect("it writes UTF-8");
    (status.code(), text.lines().map(str::to_owned).collect())
}

#[test]
fn a_closed_port_is_told_in_one_line_and_not_of_every_test() {
    let target = format!("http://127.0.0.1:{}", free_port().expect("one is free"));
    let (code, lines) = run(&["--target", &target]);
    assert_eq!(code, Some(2));
    let [line] = &lines[..] else { panic!("{lines:?}") };
    let begin = format!("error: nothing can be tested: cannot connect to {target}: ");
    assert!(line.starts_with(&begin), "{line}");
}

#[test]
fn a_command_that_starts_no_server_is_told_once() {
    let (code, lines) = run(&["--spawn", "exit 3 #"]);
    assert_eq!(code, Some(2));
    assert!(lines[0].starts_with("error: nothing can be tested: 'exit 3 #' "), "{lines:?}");
    assert!(lines.len() <= 10, "{lines:?}");
}

#[test]
fn a_server_that_does_not_listen_in_time_is_told_with_the_flag() {
    let (code, lines) = run(&["--spawn", "sleep 100", "--start-within", "1"]);
    assert_eq!(code, Some(2));
    assert!(lines.concat().contains("after 1 s, which --start-within allows"), "{lines:?}");
}
