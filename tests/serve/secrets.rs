//! What nobody is to read.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::caller::{RUN, call, encoded, raw, small};
use crate::serving::{Serving, mfn};
use crate::signed::{API_KEY, SIGNATURE, seconds_from_now, set, signed, signed_at};

const BY_VARIABLE: &str = "hush-by-variable";
const BY_FILE: &str = "hush-by-file";
/// What all secrets of this test have, and nothing else.
const MARK: &str = "hush";
/// The log of the server and of all libraries that a call goes through.
const EVERYTHING: &str = "debug,h2=debug,hyper=debug,hyper_util=debug,tokio=debug,tonic=debug";

fn all_of(mut command: Command) -> String {
    let output = command.output().expect("mfn starts");
    String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8")
}

// shows MFN-AUTH-018
#[tokio::test]
async fn no_log_no_error_and_no_audit_has_a_secret() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (keys, log) = (folder.join("hidden.toml"), folder.join("hidden.jsonl"));
    fs::remove_file(&log).ok();
    let file = format!("[[key]]\nid = 'lab'\nsecrets = ['{BY_FILE}']\n");
    fs::write(&keys, &file).expect("it can be written");
    let mut command = mfn(&["serve", "--port", "0", "--host", "127.0.0.1", "--log", EVERYTHING]);
    command.arg("--audit-log").arg(&log).arg("--api-keys-file").arg(&keys);
    let mut server = Serving::start_command(command.env("MFN_API_KEYS", BY_VARIABLE));
    let requests = raw(&server).await;
    let mut told = String::new();
    for key in [BY_VARIABLE, BY_FILE, "hush-unknown"] {
        let mut wrong = signed(key, RUN);
        set(&mut wrong, SIGNATURE, "00");
        let mut twice = signed(key, RUN);
        twice.headers_mut().append(API_KEY, key.parse().expect("a header"));
        let early = signed_at(key, RUN, &seconds_from_now(-1000));
        let malformed = signed_at(key, RUN, "nan");
        for head in [signed(key, RUN), wrong, twice, early, malformed] {
            let ended = call(&requests, head, encoded(&small())).await;
            told.extend([format!("{:?}", ended.status), format!("{:?}", ended.metadata)]);
        }
    }
    // Bad files, and a good one.
    for text in [file.replace('[', ""), file.replace("'hush", "hush"), file] {
        fs::write(&keys, text).expect("it can be written");
        server.signal("HUP");
        server.logged("on SIGHUP");
    }
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    let logged = server.all_that_was_logged();
    assert!(logged.contains("DEBUG"), "{logged}");
    let audited = fs::read_to_string(&log).expect("it is there");
    assert_eq!(audited.lines().count(), 15);

    let mut printed = String::new();
    for bad in ["hush hush", "hush,,hush", "hush,hush-hush ", "\"hush,hush\"", "hush,'hush'"] {
        for name in ["MFN_API_KEYS", "MFN_API_KEY"] {
            for arguments in [&["serve", "--print-config"][..], &["serve"], &["sign", &RUN[1..]]] {
                // Nothing listens at an address that is not this machine's.
                let mut command = mfn(arguments);
                if arguments[0] == "serve" {
                    command.args(["--host", "192.0.2.1"]);
                }
                command.env(name, bad);
                printed += &all_of(command);
            }
        }
    }
    assert!(printed.contains("(set)"), "{printed}");
    for (what, text) in [("errors", told), ("log", logged), ("audit", audited), ("output", printed)]
    {
        assert!(!text.contains(MARK), "{what}: {text}");
    }
}
