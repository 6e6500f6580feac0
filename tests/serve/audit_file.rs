//! The file of the audit, when the server starts.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use crate::serving::{MFN, Serving, mfn, without_settings};

fn path(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::remove_file(&path).ok();
    path
}

fn pipe(name: &str) -> PathBuf {
    let path = path(name);
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo starts").success());
    path
}

// shows MFN-CONF-005
#[test]
fn a_pipe_without_a_reader_does_not_hold_up_the_start() {
    let pipe = pipe("unread.pipe");
    let mut command = mfn(&["serve", "--port", "0", "--audit-log"]);
    let output = command.arg(&pipe).output().expect("mfn starts");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    let said = said.replace(pipe.to_str().expect("UTF-8"), "PIPE");
    insta::assert_snapshot!(said, @"error: MFN_GRPC_AUDIT_LOG (--audit-log) is 'PIPE', which cannot be written: it is a pipe or a socket that nobody reads");
}

#[tokio::test]
async fn a_pipe_without_a_reader_leaves_the_old_file_on_sighup() {
    let log = path("reopened.jsonl");
    let mut command = mfn(&["serve", "--port", "0", "--audit-log"]);
    let mut server = Serving::start_command(command.arg(&log));
    pipe("reopened.jsonl");
    server.signal("HUP");
    server.logged("it goes on in the old file");
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
}

// shows MFN-CONF-005
#[test]
fn a_slip_of_a_keyword_does_not_become_a_file() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("slips");
    fs::create_dir_all(&folder).expect("a folder");
    let config = |word: &str| {
        let mut command = mfn(&["serve", "--print-config", "--audit-log", word]);
        command.current_dir(&folder).output().expect("mfn starts").status.code()
    };
    fs::remove_file(folder.join("calls")).ok();
    for slip in ["of", "OFF", "stdrr", "calls"] {
        assert_eq!(config(slip), Some(2), "{slip}");
    }
    // Where the file is there, or is named as only a file is, it is meant.
    fs::write(folder.join("calls"), "").expect("it can be written");
    for meant in ["calls", "./of", "of.jsonl", "stderr", "off", "/dev/null"] {
        assert_eq!(config(meant), Some(0), "{meant}");
    }
}

// shows MFN-AUDIT-016
#[tokio::test]
async fn a_file_that_is_made_is_for_its_owner_and_group() {
    let log = path("mode.jsonl");
    let mode = || fs::metadata(&log).expect("it is there").permissions().mode() & 0o777;
    let mut command = Command::new("sh");
    // A file of others may be written by all, if they like.
    let script = "umask 0 && exec \"$0\" serve --port 0 --audit-log \"$1\"";
    without_settings(&mut command).args(["-c", script, MFN]).arg(&log);
    let mut server = Serving::start_command(&mut command);
    assert_eq!(format!("{:o}", mode()), "640");
    fs::set_permissions(&log, fs::Permissions::from_mode(0o604)).expect("it is ours");
    server.signal("HUP");
    server.logged("the audit log is reopened");
    assert_eq!(format!("{:o}", mode()), "604");
}
