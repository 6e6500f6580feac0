//! How a program that can share limits is told where the store is.

use std::fs;
use std::path::PathBuf;

use super::replicas::KEY;
use crate::serving::{Serving, mfn};
use redis_process::RedisProcess;

fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).expect("a file");
    path
}

/// What is said by a server that does not start.
fn refused(arguments: &[&str]) -> String {
    let output = mfn(&[&["serve", "--port", "0"], arguments].concat()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr).expect("UTF-8")
}

// shows MFN-AUTH-018
#[tokio::test]
async fn the_password_comes_from_a_file_and_is_shown_nowhere() {
    let store = RedisProcess::start(&["--requirepass", "hunter2"]);
    for (password, logged) in
        [("hunter2", "a store counts the limits"), ("hunter3", "cannot be asked")]
    {
        let url = format!("redis://:{password}@127.0.0.1:{}\n", store.port());
        let path = file("store-url", &url);
        let flags = ["--shared-limits-url-file", path.to_str().expect("UTF-8")];
        let mut server = Serving::start_with_keys(KEY, &flags);
        server.logged(logged);
        server.signal("TERM");
        assert_eq!(server.ended().await.0, Some(0));
        let log = server.all_that_was_logged();
        assert!(!log.contains("hunter"), "{log}");
    }
}

// shows MFN-AUTH-018
#[test]
fn the_settings_are_printed_without_the_password_of_the_store() {
    let mut command = mfn(&["serve", "--print-config"]);
    command.env("MFN_GRPC_SHARED_LIMITS_URL", "redis://user:hunter2@localhost");
    let output = command.output().expect("it runs");
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(printed.contains("# MFN_GRPC_SHARED_LIMITS_URL=(set)"), "{printed}");
    assert!(!printed.contains("hunter2"));
}

// shows MFN-CONF-005
#[test]
fn what_is_no_store_is_refused_with_the_name_of_the_setting() {
    let url = refused(&["--shared-limits-url", "http://user:hunter2@localhost"]);
    assert!(
        url.contains("MFN_GRPC_SHARED_LIMITS_URL (--shared-limits-url) gives no address"),
        "{url}"
    );
    assert!(!url.contains("hunter2"), "{url}");
    let store = ["--shared-limits-url", "redis://127.0.0.1:1"];
    let file_too = ["--shared-limits-url-file", "/nowhere"];
    assert!(refused(&[store, file_too].concat()).contains("are both given"));
    let missing = refused(&file_too);
    assert!(missing.contains("'/nowhere', which cannot be used"), "{missing}");
    let roots = file("roots.pem", "no certificate");
    let roots = roots.to_str().expect("UTF-8");
    let plain = refused(&[&store[..], &["--shared-limits-ca-path", roots]].concat());
    assert!(plain.contains("needs rediss://"), "{plain}");
    let tls = ["--shared-limits-url", "rediss://127.0.0.1:1", "--shared-limits-ca-path", roots];
    assert!(refused(&tls).contains("there is no certificate to trust"));
    let alone = refused(&["--shared-limits-ca-path", roots]);
    assert!(alone.contains("needs MFN_GRPC_SHARED_LIMITS_URL"), "{alone}");
}
