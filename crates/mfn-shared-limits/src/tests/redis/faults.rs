//! What happens to a store.

use std::time::Duration;

use mfn_access::SharedLimits as _;
use mfn_access::shared::{Question, SharedPermit, Unavailable};
use tokio::time::sleep;

use super::server::{RedisServer, until};
use crate::StoreLimits;
use crate::names::KeyDigest;
use crate::tests::model::{Decision, call, decision, id, signed};

fn micros_now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("after 1970").as_micros() as u64
}

const MINUTE: u64 = 60_000_000;
const MOMENT: Duration = Duration::from_millis(10);

/// The decision about one of these questions, and the permit. The store may take longer for one than a
/// call waits, on a machine that is busy elsewhere, and may have carried it out: each
/// attempt asks the next question.
async fn decided(
    server: &StoreLimits,
    mut next: impl FnMut() -> Question,
) -> (Decision, Vec<SharedPermit>) {
    let mut permits = Vec::new();
    loop {
        match decision(server, next(), &mut permits).await {
            Decision::Missing(_) => sleep(MOMENT).await,
            said => return (said, permits),
        }
    }
}

/// Questions with one signature each, made at `micros` after 1970.
fn signatures(first: u8, micros: u64) -> impl FnMut() -> Question {
    let mut numbers = first..=u8::MAX;
    move || signed(numbers.next().expect("so often it is not asked"), micros)
}

async fn is_admitted(server: &StoreLimits, next: impl FnMut() -> Question) {
    assert_eq!(decided(server, next).await.0, Decision::Admitted);
}

/// Waits until the store counts one open call of the key `lab`.
async fn one_is_open(redis: &RedisServer) {
    let open = KeyDigest::of(&id("lab")).open_calls();
    while redis.ask::<u32>(&["ZCARD", &open]).await != 1 {
        sleep(MOMENT).await;
    }
}

// shows MFN-REPLICA-006
#[tokio::test]
async fn a_store_that_is_emptied_learns_of_open_calls_and_trusts_no_older_signature() {
    let redis = RedisServer::start();
    let server = redis.limits().await;
    let (_, _permit) = decided(&server, || call("lab", 0, 5)).await;
    let soon = micros_now() + MINUTE;
    is_admitted(&server, signatures(1, soon)).await;
    let _: () = redis.ask(&["FLUSHALL"]).await;
    let old = micros_now() - MINUTE;
    let (said, _) = decided(&server, signatures(100, old)).await;
    assert_eq!(said, Decision::SignatureTooOld);
    is_admitted(&server, signatures(200, soon)).await;
    one_is_open(&redis).await;
}

// shows MFN-REPLICA-006
#[tokio::test]
async fn a_store_that_evicts_what_it_counts_learns_of_open_calls() {
    let redis = RedisServer::start();
    let server = redis.limits().await;
    let (_, _permit) = decided(&server, || call("lab", 0, 5)).await;
    one_is_open(&redis).await;
    let open = KeyDigest::of(&id("lab")).open_calls();
    let _: () = redis.ask(&["CONFIG", "SET", "maxmemory-policy", "allkeys-random"]).await;
    // It evicts all there is before any command, and has no room all the same.
    let _: () = redis.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    while redis.ask::<u32>(&["EXISTS", &open]).await == 1 {
        sleep(MOMENT).await;
    }
    let info: String = redis.ask(&["INFO", "stats"]).await;
    assert!(!info.contains("evicted_keys:0"), "{info}");
    let _: () = redis.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    one_is_open(&redis).await;
}

#[tokio::test]
async fn a_store_that_has_forgotten_the_scripts_is_told_them_by_a_new_connection() {
    let redis = RedisServer::start();
    let server = redis.limits().await;
    let _: () = redis.ask(&["SCRIPT", "FLUSH"]).await;
    // What was sent after it must not be carried out before what is sent again.
    let first = decision(&server, call("lab", 9, 9), &mut Vec::new()).await;
    assert!(matches!(first, Decision::Missing(_)), "{first:?}");
    is_admitted(&server, || call("lab", 9, 9)).await;
}

// shows MFN-REPLICA-005, MFN-REPLICA-006
#[tokio::test]
async fn a_store_that_is_restarted_is_used_again_and_trusts_no_older_signature() {
    let mut redis = RedisServer::start();
    let server = redis.limits().await;
    let before = micros_now();
    is_admitted(&server, signatures(1, before + MINUTE)).await;
    redis.stop();
    until("it is missed", || !server.is_available()).await;
    let nothing = decision(&server, call("lab", 9, 9), &mut Vec::new()).await;
    assert_eq!(nothing, Decision::Missing(Unavailable::Away));
    redis.restart();
    until("it is back", || server.is_available()).await;
    let (said, _) = decided(&server, signatures(100, before)).await;
    assert_eq!(said, Decision::SignatureTooOld);
    is_admitted(&server, || call("lab", 9, 9)).await;
}

// shows MFN-REPLICA-006
#[tokio::test]
async fn a_copy_that_takes_the_store_s_place_trusts_no_older_signature() {
    let redis = RedisServer::start();
    let copy = RedisServer::start();
    let port = redis.port().to_string();
    let first = redis.limits().await;
    let before = micros_now();
    let mut last = 0;
    let mut next = signatures(1, before + MINUTE);
    let counted = || {
        last += 1;
        next()
    };
    is_admitted(&first, counted).await;
    let _: () = copy.ask(&["REPLICAOF", "127.0.0.1", &port]).await;
    let used = KeyDigest::of(&id("lab")).signatures();
    while copy.ask::<u32>(&["EXISTS", &used]).await == 0 {
        sleep(MOMENT).await;
    }
    // It takes no questions while it is a copy.
    let server = StoreLimits::connect(copy.address(), None).expect("a thread");
    assert!(!server.is_available());
    let _: () = copy.ask(&["REPLICAOF", "NO", "ONE"]).await;
    until("it is taken", || server.is_available()).await;
    // What had come over is known, and what had not might be missing.
    let (said, _) = decided(&server, || signed(last, before + MINUTE)).await;
    assert_eq!(said, Decision::SignatureUsed);
    let (said, _) = decided(&server, signatures(100, before)).await;
    assert_eq!(said, Decision::SignatureTooOld);
}

// shows MFN-REPLICA-005
#[tokio::test]
async fn a_store_that_stands_still_is_given_up_and_used_again_when_it_moves() {
    let redis = RedisServer::start();
    let server = redis.limits().await;
    redis.signal("STOP");
    // It may answer until the signal has reached it.
    until("it is given up", || !server.is_available()).await;
    let away = decision(&server, call("lab", 9, 9), &mut Vec::new()).await;
    assert_eq!(away, Decision::Missing(Unavailable::Away));
    redis.signal("CONT");
    until("it is back", || server.is_available()).await;
    is_admitted(&server, || call("lab", 9, 9)).await;
}

// shows MFN-REPLICA-005
#[tokio::test]
async fn a_store_without_memory_left_is_one_that_does_not_answer() {
    let redis = RedisServer::start();
    let server = redis.limits().await;
    let _: () = redis.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let nothing = decision(&server, call("lab", 9, 9), &mut Vec::new()).await;
    assert!(matches!(nothing, Decision::Missing(_)), "{nothing:?}");
    until("it is given up", || !server.is_available()).await;
    let _: () = redis.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    until("it is back", || server.is_available()).await;
}
