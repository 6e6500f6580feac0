//! Keys from a file, and another file while the server runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mfn_proto::SimulationStreamRequest;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::caller::{RUN, STREAM, call, encoded, raw, small};
use crate::serving::{Serving, mfn};
use crate::signed::signed;

/// A file that no other test has.
fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::remove_file(&path).ok();
    fs::write(&path, text).expect("it can be written");
    path
}

fn path_of(file: &Path) -> &str {
    file.to_str().expect("UTF-8")
}

// shows MFN-AUTH-013, MFN-AUTH-019
#[tokio::test]
async fn a_key_of_a_file_may_call_its_services_only() {
    let keys = "[[key]]\nid = 'lab'\nsecrets = ['of-the-lab']\nservices = ['features']\n";
    let keys = file("scopes.toml", keys);
    let mut command = mfn(&["serve", "--port", "0", "--host", "127.0.0.1"]);
    command.args(["--audit-log", "off", "--api-keys-file", path_of(&keys)]);
    let server = Serving::start_command(&mut command);
    let requests = raw(&server).await;
    let features = signed("of-the-lab", "/mfn.MFNFeaturesService/ExtractFeatures");
    let status = call(&requests, features, encoded(&small())).await.status;
    assert_eq!(status.map(|status| status.code()), Some(Code::Ok));

    let ended = call(&requests, signed("of-the-lab", RUN), encoded(&small())).await;
    assert_eq!(ended.told(), (Code::PermissionDenied, "SCOPE_DENIED".to_owned()));
    let info = ended.status.and_then(|status| status.get_details_error_info());
    let facts = info.expect("an ErrorInfo").metadata;
    assert_eq!((&*facts["service"], &*facts["allowed"]), ("simulation", "features"));
}

// shows MFN-AUTH-021
#[tokio::test]
async fn on_sighup_the_file_is_read_again_and_no_call_is_dropped() {
    let key = |secret: &str| format!("[[key]]\nid = 'lab'\nsecrets = ['{secret}']\n");
    let keys = file("rotated.toml", &key("old-secret"));
    let mut command = mfn(&["serve", "--port", "0", "--host", "127.0.0.1"]);
    command.args(["--audit-log", "off", "--api-keys-file", path_of(&keys)]);
    let mut server = Serving::start_command(&mut command);
    let requests = raw(&server).await;
    let code = async |secret: &str| {
        let ended = call(&requests, signed(secret, RUN), encoded(&small())).await;
        ended.status.expect("a status").code()
    };
    let stream =
        SimulationStreamRequest { steps: 2000, stream_interval: 100, ..Default::default() };
    let under_way = call(&requests, signed("old-secret", STREAM), encoded(&stream));
    let reloaded = async {
        assert_eq!(code("new-secret").await, Code::Unauthenticated);
        fs::write(&keys, key("new-secret")).expect("it can be written");
        server.signal("HUP");
        server.logged("the keys are read again");
        assert_eq!(code("new-secret").await, Code::Ok);
        assert_eq!(code("old-secret").await, Code::Unauthenticated);

        for bad in ["[[key]]\nid = 'lab'\nsecrets = 'new-secret'\n", "key = []\n"] {
            fs::write(&keys, bad).expect("it can be written");
            server.signal("HUP");
            server.logged("the old keys stay");
            assert_eq!(code("new-secret").await, Code::Ok);
            assert_eq!(code("old-secret").await, Code::Unauthenticated);
        }
    };
    let (ended, ()) = tokio::join!(under_way, reloaded);
    assert_eq!(ended.status.map(|status| status.code()), Some(Code::Ok));
}

// shows MFN-AUTH-021
#[tokio::test]
async fn a_pipe_in_place_of_the_file_is_refused_and_holds_nothing_up() {
    let keys = file("pipe.toml", "[[key]]\nid = 'lab'\nsecrets = ['of-the-lab']\n");
    let mut command = mfn(&["serve", "--port", "0", "--host", "127.0.0.1"]);
    command.args(["--audit-log", "off", "--api-keys-file", path_of(&keys)]);
    let mut server = Serving::start_command(&mut command);
    fs::remove_file(&keys).expect("it is there");
    assert!(Command::new("mkfifo").arg(&keys).status().expect("mkfifo starts").success());
    server.signal("HUP");
    server.logged("it is no regular file");
    let requests = raw(&server).await;
    let ended = call(&requests, signed("of-the-lab", RUN), encoded(&small())).await;
    assert_eq!(ended.status.map(|status| status.code()), Some(Code::Ok));
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    fs::remove_file(&keys).expect("it is there");
}

// shows MFN-AUTH-019
#[test]
fn a_file_without_keys_is_not_taken_for_a_wish_to_do_without() {
    for (name, text) in [("none.toml", "key = []\n"), ("empty.toml", "")] {
        let keys = file(name, text);
        let output = mfn(&["serve", "--port", "0", "--api-keys-file", path_of(&keys)]).output();
        let output = output.expect("mfn starts");
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(said.contains("line 1: there is no [[key]]"), "{said}");
    }
}

// shows MFN-AUTH-019
#[test]
fn a_bad_file_stops_the_start_with_its_line() {
    let keys = file("bad.toml", "[[key]]\nid = 'lab'\nsecrets = 'top-secret'\n");
    let output = mfn(&["serve", "--port", "0", "--api-keys-file", path_of(&keys)])
        .output()
        .expect("mfn starts");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(said.contains("MFN_API_KEYS_FILE") && said.contains("line 3: secrets is"), "{said}");
    assert!(!said.contains("top-secret"), "{said}");
}

/// Why a server with these keys does not start.
fn refusal(keys: &str, arguments: &[&str]) -> String {
    let mut command = mfn(&[&["serve", "--port", "0"], arguments].concat());
    let output = command.env("MFN_API_KEYS", keys).output().expect("mfn starts");
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr).expect("UTF-8").trim_end().to_owned()
}

#[test]
fn keys_of_several_settings_that_do_not_go_together_are_refused_by_their_names() {
    let keys = file("shared.toml", "[[key]]\nid = 'lab'\nsecrets = ['test-key']\n");
    insta::assert_snapshot!(refusal("test-key", &["--api-keys-file", path_of(&keys)]), @"error: the keys of MFN_API_KEYS (--api-keys) and MFN_API_KEYS_FILE (--api-keys-file) do not go together: the keys key-62af8704 and lab have a secret in common");
}

#[test]
fn two_secrets_whose_hashes_begin_alike_are_not_taken_for_one() {
    insta::assert_snapshot!(refusal("key-8337,key-15029", &[]), @"error: the keys of MFN_API_KEYS (--api-keys) do not go together: the id key-7152ff1c is given to two keys");
}
