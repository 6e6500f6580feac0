//! What happens to a store.

use std::time::Duration;

use mfn_access::SharedLimits as _;
use mfn_access::shared::Unavailable;

use super::process::free_port;
use super::server::{RedisServer, until};
use crate::names::KeyDigest;
use crate::tests::model::{Said, asked, call, id, signed};
use crate::{Address, StoreLimits};

fn micros_now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("after 1970").as_micros() as u64
}

const MINUTE: u64 = 60_000_000;

/// Until it says something of a call: a machine that is busy elsewhere may take longer for
/// one than a call waits.
async fn said(server: &StoreLimits, question: mfn_access::shared::Question) -> Said {
    loop {
        match asked(server, question.clone(), &mut Vec::new()).await {
            Said::Nothing(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            said => return said,
        }
    }
}

// shows MFN-REPLICA-006
#[tokio::test]
async fn a_store_that_is_emptied_learns_of_open_calls_and_trusts_no_older_signature() {
    let redis = RedisServer::start();
    let server = redis.limits().await;
    let mut permits = Vec::new();
    while asked(&server, call("lab", 0, 5), &mut permits).await != Said::Admitted {}
    let soon = micros_now() + MINUTE;
    assert_eq!(said(&server, signed(1, soon)).await, Said::Admitted);
    let _: () = redis.ask(&["FLUSHALL"]).await;
    let old = micros_now() - MINUTE;
    assert_eq!(said(&server, signed(2, old)).await, Said::SignatureTooOld);
    assert_eq!(said(&server, signed(3, soon)).await, Said::Admitted);
    let open = KeyDigest::of(&id("lab")).open_calls();
    while redis.ask::<u32>(&["ZCARD", &open]).await != 1 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_store_that_has_forgotten_the_scripts_is_told_them_again() {
    let redis = RedisServer::start();
    let server = redis.limits().await;
    let _: () = redis.ask(&["SCRIPT", "FLUSH"]).await;
    assert_eq!(said(&server, call("lab", 9, 9)).await, Said::Admitted);
    assert_eq!(redis.ask::<Vec<u8>>(&["SCRIPT", "EXISTS", &"0".repeat(40)]).await, [0]);
}

// shows MFN-REPLICA-005, MFN-REPLICA-006
#[tokio::test]
async fn a_store_that_is_restarted_is_used_again_and_trusts_no_older_signature() {
    let mut redis = RedisServer::start();
    let server = redis.limits().await;
    let before = micros_now();
    assert_eq!(said(&server, signed(1, before + MINUTE)).await, Said::Admitted);
    redis.stop();
    until("it is missed", || !server.is_available()).await;
    let nothing = asked(&server, call("lab", 9, 9), &mut Vec::new()).await;
    assert_eq!(nothing, Said::Nothing(Unavailable::Away));
    redis.restart();
    until("it is back", || server.is_available()).await;
    assert_eq!(said(&server, signed(2, before)).await, Said::SignatureTooOld);
    assert_eq!(said(&server, call("lab", 9, 9)).await, Said::Admitted);
}

// shows MFN-REPLICA-006
#[tokio::test]
async fn a_copy_that_takes_the_store_s_place_trusts_no_older_signature() {
    let redis = RedisServer::start();
    let copy = RedisServer::start();
    let port = redis.port().to_string();
    let first = redis.limits().await;
    let before = micros_now();
    assert_eq!(said(&first, signed(1, before + MINUTE)).await, Said::Admitted);
    let _: () = copy.ask(&["REPLICAOF", "127.0.0.1", &port]).await;
    while copy.ask::<u32>(&["EXISTS", "mfn:memory"]).await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // It takes no questions while it is a copy.
    let server = StoreLimits::connect(copy.address(), None).expect("a thread");
    assert!(!server.is_available());
    let _: () = copy.ask(&["REPLICAOF", "NO", "ONE"]).await;
    until("it is taken", || server.is_available()).await;
    // What had come over is known, and what had not might be missing.
    assert_eq!(said(&server, signed(1, before + MINUTE)).await, Said::SignatureUsed);
    assert_eq!(said(&server, signed(2, before)).await, Said::SignatureTooOld);
}

// shows MFN-REPLICA-005
#[tokio::test]
async fn a_store_that_stands_still_is_given_up_and_used_again_when_it_moves() {
    let redis = RedisServer::start();
    let server = redis.limits().await;
    redis.signal("STOP");
    // It may say something until the signal has reached it.
    until("it is given up", || !server.is_available()).await;
    let away = asked(&server, call("lab", 9, 9), &mut Vec::new()).await;
    assert_eq!(away, Said::Nothing(Unavailable::Away));
    redis.signal("CONT");
    until("it is back", || server.is_available()).await;
    assert_eq!(said(&server, call("lab", 9, 9)).await, Said::Admitted);
}

// shows MFN-REPLICA-005
#[tokio::test]
async fn a_store_without_memory_left_is_one_that_does_not_answer() {
    let redis = RedisServer::start();
    let server = redis.limits().await;
    let _: () = redis.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let nothing = asked(&server, call("lab", 9, 9), &mut Vec::new()).await;
    assert!(matches!(nothing, Said::Nothing(_)), "{nothing:?}");
    until("it is given up", || !server.is_available()).await;
    let _: () = redis.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    until("it is back", || server.is_available()).await;
}

#[tokio::test]
async fn a_password_is_needed_where_there_is_one() {
    let redis = RedisServer::start_with(&["--requirepass", "right"]);
    for (password, is_right) in [("right", true), ("wrong", false)] {
        let address = format!("redis://:{password}@127.0.0.1:{}", redis.port());
        let address = Address::parse(&address).expect("an address");
        let server = StoreLimits::connect(address, None).expect("a thread");
        // It has been tried when this returns.
        assert_eq!(server.is_available(), is_right, "{password}");
    }
    let without = StoreLimits::connect(redis.address(), None).expect("a thread");
    assert!(!without.is_available());
}

#[tokio::test]
async fn tls_is_spoken_with_whom_the_roots_vouch_for() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a key");
    let root = certified.cert.pem();
    let files = std::env::temp_dir().join(format!("mfn-redis-tls-{}", std::process::id()));
    std::fs::create_dir_all(&files).expect("a folder");
    let file = |name: &str, text: &str| {
        let path = files.join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("UTF-8").to_owned()
    };
    let certificate = file("cert.pem", &root);
    let key = file("key.pem", &certified.signing_key.serialize_pem());
    let port = free_port().to_string();
    let arguments = ["--tls-port", &port, "--tls-cert-file", &certificate, "--tls-key-file", &key];
    let arguments = [&arguments[..], &["--tls-auth-clients", "no"]].concat();
    let _redis = RedisServer::start_with(&arguments);
    let address = || Address::parse(&format!("rediss://localhost:{port}")).expect("an address");
    let trusted = StoreLimits::connect(address(), Some(root.as_bytes())).expect("a thread");
    assert!(trusted.is_available());
    assert_eq!(said(&trusted, call("lab", 9, 9)).await, Said::Admitted);
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a key");
    let other = other.cert.pem();
    let distrusted = StoreLimits::connect(address(), Some(other.as_bytes())).expect("a thread");
    assert!(!distrusted.is_available());
    let empty = StoreLimits::connect(address(), Some(b"no certificate"));
    assert!(matches!(empty, Err(crate::StartError::Roots(_))), "{empty:?}");
    std::fs::remove_dir_all(&files).ok();
}
