//! A store that says what no store says, word by word.

use std::sync::Arc;
use std::time::Duration;

use mfn_access::shared::{SharedLimits as _, Unavailable};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::model::{Decision, call, decision};
use crate::Address;
use crate::fuzzing::limits_over;
use crate::store::StoreLimits;

/// What the store says while it is greeted: the names of two scripts and nothing of itself,
/// and that all is well.
const GREETINGS: [&str; 2] = ["$1\r\na\r\n$1\r\nb\r\n$0\r\n\r\n", "*1\r\n:0\r\n"];
/// Longer than a connection that is given up may be left open.
const A_WHILE: Duration = Duration::from_secs(5);

/// Limits, and the other ends of its connections.
fn limits() -> (Arc<StoreLimits>, mpsc::UnboundedReceiver<DuplexStream>) {
    let (opened, connections) = mpsc::unbounded_channel();
    let address = Address::parse("redis://localhost").expect("an address");
    let (limits, work) = limits_over(address, move || {
        let (ours, other) = tokio::io::duplex(1 << 16);
        opened.send(other).ok();
        ours
    });
    tokio::spawn(work);
    (Arc::new(limits), connections)
}

/// The next connection, once it is greeted.
async fn greeted(connections: &mut mpsc::UnboundedReceiver<DuplexStream>) -> DuplexStream {
    let mut connection = connections.recv().await.expect("a connection");
    for greeting in GREETINGS {
        is_asked(&mut connection).await;
        connection.write_all(greeting.as_bytes()).await.expect("room");
    }
    // So that it is known to be there.
    sleep(Duration::from_millis(1)).await;
    connection
}

/// Takes what the store is asked, once it is asked anything.
async fn is_asked(connection: &mut DuplexStream) {
    let bytes = connection.read(&mut [0; 8192]).await.expect("it is open");
    assert_ne!(bytes, 0, "it is open");
}

/// What is said of a call that a store answers with `answer`.
async fn said(answer: &str) -> Decision {
    let (limits, mut connections) = limits();
    let mut connection = greeted(&mut connections).await;
    let asking =
        tokio::spawn(async move { decision(&limits, call("lab", 9, 9), &mut Vec::new()).await });
    is_asked(&mut connection).await;
    connection.write_all(answer.as_bytes()).await.expect("room");
    asking.await.expect("no panic")
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_given_up_is_closed_though_the_store_reads_nothing() {
    let (limits, mut connections) = limits();
    let mut connection = greeted(&mut connections).await;
    // More than there is room for on the way.
    let calls = (0..8000).map(|_| limits.admit(call("lab", 0, 9)));
    let said = futures_util::future::join_all(calls).await;
    assert!(said.iter().all(Result::is_err));
    sleep(A_WHILE).await;
    assert!(connection.write_all(b"+PONG\r\n").await.is_err(), "it is still open");
}

#[tokio::test(start_paused = true)]
async fn the_answer_to_another_command_admits_nobody() {
    assert_eq!(said("*1\r\n:0\r\n").await, Decision::Admitted);
    for other in [":0\r\n", "+PONG\r\n", "+OK\r\n", "*2\r\n:0\r\n:0\r\n", "*0\r\n", "$-1\r\n"] {
        assert_eq!(said(other).await, Decision::Missing(Unavailable::Failed), "{other}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_no_longer_than_what_it_is_for() {
    let window = Duration::from_secs(1);
    for micros in ["1000001", "9223372036854775807"] {
        let answer = format!("*2\r\n:4\r\n:{micros}\r\n");
        let refused = Decision::RateExceeded(window);
        assert_eq!(said(&answer).await, refused, "{micros}");
    }
    for micros in ["0", "-1"] {
        let answer = format!("*2\r\n:4\r\n:{micros}\r\n");
        assert_eq!(said(&answer).await, Decision::Missing(Unavailable::Failed), "{micros}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_end_is_not_kept() {
    let (_limits, mut connections) = limits();
    let mut connection = greeted(&mut connections).await;
    connection.write_all(b"$2000000000\r\n").await.expect("room");
    let mut taken = 0;
    let all = async {
        while connection.write_all(&[b'x'; 4096]).await.is_ok() {
            taken += 4096;
            tokio::task::yield_now().await;
        }
    };
    timeout(A_WHILE, all).await.expect("it breaks");
    assert!(taken < 2 << 20, "{taken} bytes were taken");
}

#[tokio::test(start_paused = true)]
async fn lists_in_lists_without_end_break_the_connection() {
    let nested = "*1\r\n".repeat(1000);
    assert_eq!(said(&nested).await, Decision::Missing(Unavailable::Broken));
}
