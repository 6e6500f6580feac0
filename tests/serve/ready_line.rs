//! What a server says when it is ready: how callers get in, and why.

use crate::caller::{RUN, call, encoded, raw, small};
use crate::serving::{Serving, mfn};
use crate::signed::signed;

/// A server with these variables and flags, at a free port.
fn start(variables: &[(&str, &str)], flags: &[&str]) -> Serving {
    let mut command = mfn(&[&["serve", "--port", "0", "--audit-log", "off"], flags].concat());
    Serving::start_command(command.envs(variables.iter().copied()))
}

fn line(variables: &[(&str, &str)], flags: &[&str]) -> String {
    let server = start(variables, flags);
    server.line.trim_end().replace(&server.address.port().to_string(), "PORT")
}

// shows MFN-LIFE-012
#[test]
fn a_key_that_was_meant_for_callers_is_named_with_what_it_does() {
    let keys = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("ready-line.toml");
    std::fs::write(&keys, "[[key]]\nid = 'lab'\nsecrets = ['of-the-lab']\n").expect("a file");
    let file = keys.to_str().expect("UTF-8");
    let lines = [
        line(&[], &[]),
        line(&[("MFN_API_KEY", "a")], &[]),
        line(&[("MFN_API_KEY", "a")], &["--host", "127.0.0.1"]),
        line(&[("MFN_API_KEYS", "a,b"), ("MFN_GRPC_HOST", "127.0.0.1")], &[]),
        line(&[("MFN_API_KEYS", "a,b")], &["--api-keys-file", file, "--host", "127.0.0.1"]),
        line(&[], &["--api-key", "a", "--host", "::1"]),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r#"
    mfn 0.1.0 listening on 127.0.0.1:PORT (plaintext, no authentication)
    mfn 0.1.0 listening on 0.0.0.0:PORT (plaintext, 1 key, of MFN_API_KEY; with keys it listens on all addresses)
    mfn 0.1.0 listening on 127.0.0.1:PORT (plaintext, 1 key, of MFN_API_KEY)
    mfn 0.1.0 listening on 127.0.0.1:PORT (plaintext, 2 keys, of MFN_API_KEYS)
    mfn 0.1.0 listening on 127.0.0.1:PORT (plaintext, 3 keys, of MFN_API_KEYS and --api-keys-file)
    mfn 0.1.0 listening on [::1]:PORT (plaintext, 1 key, of --api-key)
    "#);
}

#[tokio::test]
async fn the_key_of_a_caller_is_none_of_a_server_that_has_its_own() {
    let local = ("MFN_GRPC_HOST", "127.0.0.1");
    let server = start(&[local, ("MFN_API_KEYS", "ours"), ("MFN_API_KEY", "theirs")], &[]);
    assert!(server.line.contains("1 key, of MFN_API_KEYS"), "{}", server.line);
    let requests = raw(&server).await;
    let is_known = async |key: &str| {
        let ended = call(&requests, signed(key, RUN), encoded(&small())).await;
        ended.status.is_some_and(|status| status.code() == tonic::Code::Ok)
    };
    assert!(is_known("ours").await);
    assert!(!is_known("theirs").await);

    // Whoever writes the flag means it.
    let flag = ["--api-key", "theirs"];
    let server = start(&[local, ("MFN_API_KEYS", "ours")], &flag);
    assert!(server.line.contains("2 keys, of MFN_API_KEYS and --api-key"), "{}", server.line);
    let printed = mfn(&["serve", "--print-config"])
        .envs([("MFN_API_KEYS", "ours"), ("MFN_API_KEY", "theirs")])
        .output()
        .expect("mfn starts");
    let printed = String::from_utf8(printed.stdout).expect("UTF-8");
    let line = printed.lines().find(|line| line.contains("MFN_API_KEY=")).expect("a line");
    assert!(line.ends_with("# variable, not used beside other keys"), "{line}");
}
