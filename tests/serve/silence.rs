//! Peers who connect and say nothing.

use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::by_hand::{ByHand, PING};
use crate::serving::Serving;
use crate::{caller, soon, tls};

/// What the shutdown may take beyond the grace, and what this machine may add.
const MARGIN: Duration = Duration::from_millis(500);

async fn silent(server: &Serving, count: usize) -> Vec<TcpStream> {
    let mut peers = Vec::new();
    for _ in 0..count {
        peers.push(TcpStream::connect(server.address).await.expect("it listens"));
    }
    peers
}

// shows MFN-LIFE-009
#[tokio::test]
async fn silent_peers_do_not_hold_up_the_end() {
    let mut server = Serving::start(&[]);
    let _peers = silent(&server, 20).await;
    caller::is_served(&server).await;
    server.signal("TERM");
    let (code, _) = server.ended().await;
    assert_eq!(code, Some(0));
}

// shows MFN-LIFE-009
#[tokio::test]
async fn silent_peers_of_a_tls_port_do_not_hold_up_the_end() {
    let files = tls::Files::new("silence");
    let mut server = Serving::start(&files.flags());
    let _peers = silent(&server, 20).await;
    server.signal("TERM");
    let (code, _) = server.ended().await;
    assert_eq!(code, Some(0));
}

// shows MFN-LIFE-009
#[tokio::test]
async fn an_endless_watch_holds_up_the_end_for_the_grace_and_no_longer() {
    let grace = Duration::from_millis(300);
    let mut server = Serving::start(&["--shutdown-grace-ms", "300"]);
    let _silent = silent(&server, 5).await;
    // HTTP/2, and then silence: not even the answer to a ping.
    let _deaf = ByHand::open(&server).await;
    let mut health = HealthClient::new(server.channel().await);
    let watch = health.watch(HealthCheckRequest::default()).await.expect("a watch");
    let mut states = watch.into_inner();
    soon("the first state", states.message()).await.expect("no error").expect("a state");
    server.signal("TERM");
    let (code, took) = server.ended().await;
    assert_eq!(code, Some(0));
    assert!(took <= 4 * (grace + MARGIN), "it took {took:?}, which is out of all proportion");
}

// shows MFN-TRANS-015
#[tokio::test]
async fn a_peer_that_stays_silent_is_closed() {
    let server = Serving::start(&["--handshake-timeout-ms", "100"]);
    let mut peer = TcpStream::connect(server.address).await.expect("it listens");
    let end = soon("the end", peer.read(&mut [0; 64])).await;
    assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
    caller::is_served(&server).await;
}

// shows MFN-TRANS-016
#[tokio::test]
async fn a_peer_that_answers_no_ping_is_closed() {
    let server = Serving::start(&["--keepalive-time-ms", "100", "--keepalive-timeout-ms", "100"]);
    let mut deaf = ByHand::open(&server).await;
    deaf.find("a ping", |frame| frame.kind == PING && !frame.is_ack()).await;
    while deaf.next().await.is_some() {}
}
