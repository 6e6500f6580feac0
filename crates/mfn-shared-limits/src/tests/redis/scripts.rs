//! The scripts, by a clock that a test sets, against what one server would do.

use std::time::Duration;

use mfn_access::shared::SingleUse;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::server::RedisServer;
use crate::command::{Admit, Command, LEASE, Reply};
use crate::connection::{Connect as _, Connection as _};
use crate::names::{CallIds, KeyDigest};
use crate::redis_connection::{RedisConnect, RedisConnection};
use crate::scripts::Scripts;
use crate::tests::model::{Decision, id};
use crate::tests::schedules::{Event, SERVERS, Single, schedule};

/// What a test sets is the time. Nothing is forgotten by the store's own clock.
const TEST_CLOCK: &str = "\
local store = redis
local redis = {call = function(name, ...)
    if name == 'PEXPIRE' then return 1 end
    return store.call(name, ...)
end}
local now = tonumber(store.call('GET', 'test:now'))
";
/// Microseconds since 1970, of some day.
const START: u64 = 1_800_000_000_000_000;
/// How long a signature is remembered.
const REMEMBERED: Duration = Duration::from_mins(6);

async fn connection(server: &RedisServer) -> RedisConnection {
    set_clock(server, START).await;
    let connect = RedisConnect {
        address: server.address(),
        tls: None,
        scripts: Scripts::with_clock(TEST_CLOCK),
    };
    connect.connect().await.expect("a connection")
}

async fn set_clock(server: &RedisServer, micros: u64) {
    let _: () = server.ask(&["SET", "test:now", &micros.to_string()]).await;
}

async fn admit(connection: &mut RedisConnection, call: Admit) -> Reply {
    let sent = connection.send(vec![Command::Admit(call)]);
    sent.await.expect("a connection").pop().expect("a reply")
}

/// A call of a key that may use any number of signatures but this many at once.
fn signed(ids: &CallIds, number: u8, capacity: usize) -> Admit {
    let timestamp = mfn_access::Timestamp::from_unix(Duration::from_micros(START));
    let once = SingleUse { digest: [number; 16], timestamp, lasts: REMEMBERED, capacity };
    Admit { once: Some(once), ..call(ids, 0, 0) }
}

fn call(ids: &CallIds, rps: u32, concurrent: u32) -> Admit {
    Admit { key: KeyDigest::of(&id("lab")), rps, concurrent, call: ids.next(), once: None }
}

async fn agrees(
    server: &RedisServer,
    (rps, concurrent, events): (u32, u32, Vec<Event>),
) -> Result<(), TestCaseError> {
    let _: () = server.ask(&["FLUSHALL"]).await;
    let mut connections = Vec::new();
    for _ in 0..SERVERS {
        connections.push(connection(server).await);
    }
    let ids = CallIds::new();
    let mut single = Single::new(rps, concurrent);
    let mut open = Vec::new();
    let mut micros = 0;
    for (number, event) in events.into_iter().enumerate() {
        match event {
            Event::Pause(ms) => {
                micros += ms * 1000;
                set_clock(server, START + micros).await;
            }
            Event::End(which) if !open.is_empty() => {
                let (call, _permit): (Admit, _) = open.swap_remove(which % open.len());
                let release = Command::Release { key: call.key, calls: vec![call.call] };
                connections[0].send(vec![release]).await.expect("a connection");
            }
            Event::End(_) => {}
            Event::Call(which) => {
                let call = call(&ids, rps, concurrent);
                // As the servers do it once a second.
                let held: Vec<_> = open.iter().map(|(call, _)| call.call).collect();
                if !held.is_empty() {
                    let renew = Command::Renew { key: call.key, calls: held };
                    connections[which].send(vec![renew]).await.expect("a connection");
                }
                let (expected, permit) = single.admit(Duration::from_micros(micros));
                let reply = admit(&mut connections[which], call).await;
                prop_assert_eq!(&reply, &reply_of(expected), "event {}", number);
                open.extend(permit.map(|permit| (call, permit)));
            }
        }
    }
    Ok(())
}

fn reply_of(said: Decision) -> Reply {
    match said {
        Decision::Admitted => Reply::Done,
        Decision::ConcurrencyExceeded => Reply::ConcurrencyExceeded,
        Decision::RateExceeded(wait) => Reply::RateExceeded { wait },
        other => panic!("one server says no {other:?}"),
    }
}

// shows MFN-REPLICA-001, MFN-REPLICA-002
#[test]
fn the_store_admits_what_one_server_would() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let server = RedisServer::start();
    let mut runner = TestRunner::new(Config { cases: 48, ..Config::default() });
    runner
        .run(&schedule(), |schedule| runtime.block_on(agrees(&server, schedule)))
        .expect("they agree");
}

#[tokio::test]
async fn a_call_that_nobody_renews_lapses_and_one_that_is_renewed_does_not() {
    let server = RedisServer::start();
    let mut connection = connection(&server).await;
    let ids = CallIds::new();
    let (lost, kept) = (call(&ids, 0, 2), call(&ids, 0, 2));
    assert_eq!(admit(&mut connection, lost).await, Reply::Done);
    assert_eq!(admit(&mut connection, kept).await, Reply::Done);
    let lease = LEASE.as_micros() as u64;
    set_clock(&server, START + lease - 1).await;
    assert_eq!(admit(&mut connection, call(&ids, 0, 2)).await, Reply::ConcurrencyExceeded);
    let renew = Command::Renew { key: kept.key, calls: vec![kept.call] };
    assert_eq!(connection.send(vec![renew]).await, Ok(vec![Reply::Done]));
    set_clock(&server, START + lease).await;
    assert_eq!(admit(&mut connection, call(&ids, 0, 2)).await, Reply::Done);
    assert_eq!(admit(&mut connection, call(&ids, 0, 2)).await, Reply::ConcurrencyExceeded);
}

// shows MFN-REPLICA-007
#[tokio::test]
async fn a_store_whose_clock_is_set_back_far_begins_anew_and_a_little_waits() {
    let server = RedisServer::start();
    let mut connection = connection(&server).await;
    let ids = CallIds::new();
    let second = Duration::from_secs(1);
    assert_eq!(admit(&mut connection, call(&ids, 1, 1)).await, Reply::Done);
    // A little: the window waits for the clock.
    set_clock(&server, START - 400_000).await;
    let refused = admit(&mut connection, call(&ids, 1, 0)).await;
    assert_eq!(refused, Reply::RateExceeded { wait: second });
    // By an hour: it does not wait for an hour, and neither does a place.
    let back = START - 3_600_000_000;
    set_clock(&server, back).await;
    assert_eq!(admit(&mut connection, call(&ids, 1, 1)).await, Reply::Done);
    let refused = admit(&mut connection, call(&ids, 1, 0)).await;
    assert_eq!(refused, Reply::RateExceeded { wait: second });
    set_clock(&server, back + 1_000_000).await;
    assert_eq!(admit(&mut connection, call(&ids, 1, 0)).await, Reply::Done);
}

#[tokio::test]
async fn a_refused_call_uses_up_no_signature_and_no_place() {
    let server = RedisServer::start();
    let mut connection = connection(&server).await;
    let ids = CallIds::new();
    let signed = |number, rps| Admit { rps, concurrent: 9, ..signed(&ids, number, 100) };
    assert_eq!(admit(&mut connection, signed(1, 1)).await, Reply::Done);
    let refused = admit(&mut connection, signed(2, 1)).await;
    assert!(matches!(refused, Reply::RateExceeded { .. }), "{refused:?}");
    let open = KeyDigest::of(&id("lab")).open_calls();
    assert_eq!(server.ask::<u32>(&["ZCARD", &open]).await, 1);
    set_clock(&server, START + 1_000_000).await;
    assert_eq!(admit(&mut connection, signed(1, 1)).await, Reply::SignatureUsed);
    assert_eq!(admit(&mut connection, signed(2, 1)).await, Reply::Done);
}

// shows MFN-REPLICA-003
#[tokio::test]
async fn a_key_without_a_rate_has_so_many_signatures_remembered_and_no_more() {
    let server = RedisServer::start();
    let mut connection = connection(&server).await;
    let ids = CallIds::new();
    let used = KeyDigest::of(&id("lab")).signatures();
    assert_eq!(admit(&mut connection, signed(&ids, 1, 2)).await, Reply::Done);
    set_clock(&server, START + 1).await;
    assert_eq!(admit(&mut connection, signed(&ids, 2, 2)).await, Reply::Done);
    let full = Reply::SignaturesFull { wait: REMEMBERED };
    assert_eq!(admit(&mut connection, signed(&ids, 3, 2)).await, full);
    assert_eq!(server.ask::<u32>(&["ZCARD", &used]).await, 2);
    // The oldest is forgotten, and makes room.
    set_clock(&server, START + 1 + REMEMBERED.as_micros() as u64).await;
    assert_eq!(admit(&mut connection, signed(&ids, 3, 2)).await, Reply::Done);
    assert_eq!(server.ask::<u32>(&["ZCARD", &used]).await, 2);
    assert_eq!(admit(&mut connection, signed(&ids, 2, 2)).await, Reply::SignatureUsed);
}

#[tokio::test]
async fn other_limits_at_another_server_forget_nothing_that_counts() {
    let server = RedisServer::start();
    let mut connection = connection(&server).await;
    let ids = CallIds::new();
    for call_number in 0..5 {
        let reply = admit(&mut connection, call(&ids, 5, 0)).await;
        assert_eq!(reply, Reply::Done, "{call_number}");
    }
    // While a lower limit comes to one server after the other.
    let wait = Duration::from_secs(1);
    assert_eq!(admit(&mut connection, call(&ids, 2, 0)).await, Reply::RateExceeded { wait });
    assert_eq!(admit(&mut connection, call(&ids, 5, 0)).await, Reply::RateExceeded { wait });
    assert_eq!(admit(&mut connection, call(&ids, 6, 0)).await, Reply::Done);
}

// shows MFN-REPLICA-008
#[tokio::test]
async fn the_store_keeps_no_secret_and_no_name_and_forgets_what_is_over() {
    let server = RedisServer::start();
    let ids = CallIds::new();
    let connect =
        RedisConnect { address: server.address(), tls: None, scripts: Scripts::by_the_clock() };
    let mut connection = connect.connect().await.expect("a connection");
    for number in 0..200 {
        let signed = Admit { rps: 100_000, concurrent: 1000, ..signed(&ids, number, 1000) };
        // Timestamps are those of a clock that is ahead.
        assert_eq!(admit(&mut connection, signed).await, Reply::Done);
    }
    let mut keys: Vec<String> = server.ask(&["KEYS", "*"]).await;
    keys.sort();
    let digest = KeyDigest::of(&id("lab"));
    let (open, admissions, used) = (digest.open_calls(), digest.admissions(), digest.signatures());
    let expected = ["mfn:memory".to_owned(), open, admissions, used.clone()];
    assert_eq!(keys, expected);
    assert!(!keys.concat().contains("lab"));
    for (key, longest) in
        [(digest.admissions(), 2500), (digest.open_calls(), 5000), (used, 661_000)]
    {
        let lasts: i64 = server.ask(&["PTTL", &key]).await;
        assert!(lasts <= longest, "{key} lasts {lasts} ms");
        assert_ne!(lasts, -1, "{key} lasts for ever");
    }
}
