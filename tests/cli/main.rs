//! The program `mfn`, started as a user starts it.

mod errors;
mod help;
mod picture;
#[cfg(unix)]
mod serve;
mod simulate;

use std::process::{Command, Output};

/// `mfn` with `arguments`, and nothing in its environment that it would heed.
fn mfn(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mfn"));
    command.args(arguments);
    for variable in ["MFN_GRPC_HOST", "MFN_GRPC_PORT", "MFN_LOG", "COLUMNS", "NO_COLOR"] {
        command.env_remove(variable);
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

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("mfn writes UTF-8")
}
