//! How many connections there may be, what they speak, and how old they get.

use bytes::Bytes;
use h2::client::SendRequest;
use mfn_proto::SimulationStreamRequest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_stream::StreamExt as _;

use crate::audit;
use crate::by_hand::{ByHand, DATA, END_STREAM, GOAWAY, NO_ERROR, frame, headers};
use crate::caller::{RUN, call, client, encoded, framed, head, is_served, raw, small};
use crate::serving::Serving;
use crate::signed::signed;
use crate::soon;

/// A connection on which a call has been answered.
async fn admitted(server: &Serving) -> SendRequest<Bytes> {
    let requests = raw(server).await;
    let ended = soon("an answer", call(&requests, head(RUN), encoded(&small()))).await;
    assert_eq!(ended.http, 200);
    requests
}

/// Whether a connection of its own is closed before anything was said on it.
async fn is_closed_at_once(server: &Serving) -> bool {
    let mut peer = TcpStream::connect(server.address).await.expect("the backlog takes it");
    let end = soon("its end", peer.read(&mut [0; 64])).await;
    matches!(end, Ok(0) | Err(_))
}

// A proxy that uses a connection for one call at a time opens hundreds at once. Where there is no
// room for one the kernel tries again after a second.
#[tokio::test]
async fn hundreds_of_connections_find_room_before_the_server_accepts_one() {
    let server = Serving::start(&[]);
    server.signal("STOP");
    let mut waiting = Vec::new();
    for _ in 0..500 {
        let connected = soon("room for a connection", TcpStream::connect(server.address)).await;
        waiting.push(connected.expect("the backlog takes it"));
    }
}

// shows MFN-TRANS-027
#[tokio::test]
async fn a_connection_too_many_is_closed_and_one_that_leaves_makes_room() {
    let mut server = Serving::start(&["--max-connections", "2"]);
    let first = admitted(&server).await;
    let second = admitted(&server).await;
    assert!(is_closed_at_once(&server).await);
    server.logged("as many connections are open as may");
    for open in [&first, &second] {
        let ended = soon("an answer", call(open, head(RUN), encoded(&small()))).await;
        assert_eq!(ended.http, 200);
    }
    drop(first);
    // Until the server has seen it go, the next one may be too many as well.
    let retried = async {
        loop {
            let endpoint =
                tonic::transport::Endpoint::try_from(format!("http://{}", server.address));
            if let Ok(channel) = endpoint.expect("a URI").connect().await
                && crate::caller::SimulationClient::new(channel)
                    .run_simulation(small())
                    .await
                    .is_ok()
            {
                return;
            }
        }
    };
    soon("a place", retried).await;
}

/// A connection whose only call asked for health, which needs no key.
async fn asking_for_health(server: &Serving) -> ByHand {
    let mut connection = ByHand::open(server).await;
    connection.send(&headers(1, &head("/grpc.health.v1.Health/Check"))).await;
    connection.send(&frame(DATA, END_STREAM, 1, &framed(0, &[]))).await;
    connection.ended(&[1]).await;
    connection
}

/// A connection on which a call was refused for want of a key.
async fn without_a_key(server: &Serving) -> ByHand {
    let mut connection = ByHand::open(server).await;
    connection.send(&headers(1, &head(RUN))).await;
    connection.ended(&[1]).await;
    connection
}

/// Waits until the connection is asked to go, and closed.
async fn is_evicted(mut connection: ByHand) {
    let away = connection.find("GOAWAY", |frame| frame.kind == GOAWAY).await;
    assert_eq!(away.error(), Some(NO_ERROR));
    while connection.next().await.is_some() {}
}

// shows MFN-TRANS-027
#[tokio::test]
async fn connections_without_a_key_make_way_for_others_the_idle_ones_first() {
    const KEY: &str = "key-of-the-tests";
    let server = Serving::start_with_keys(KEY, &["--max-connections", "3"]);
    let health = asking_for_health(&server).await;
    let silent = TcpStream::connect(server.address).await.expect("it listens");
    let refused = without_a_key(&server).await;
    let mut admitted = Vec::new();
    let mut comes = async || {
        let mut connection = ByHand::open(&server).await;
        connection.send(&headers(1, &signed(KEY, RUN))).await;
        connection.send(&frame(DATA, END_STREAM, 1, &encoded(&small()))).await;
        connection.ended(&[1]).await;
        admitted.push(connection);
    };
    comes().await;
    let mut silent = silent;
    assert!(matches!(soon("its end", silent.read(&mut [0])).await, Ok(0) | Err(_)));
    comes().await;
    is_evicted(refused).await;
    comes().await;
    is_evicted(health).await;
    assert!(is_closed_at_once(&server).await);
    for connection in &mut admitted {
        connection.send(&headers(3, &signed(KEY, RUN))).await;
        connection.send(&frame(DATA, END_STREAM, 3, &encoded(&small()))).await;
        connection.ended(&[3]).await;
    }
}

// shows MFN-TRANS-032
#[tokio::test]
async fn other_protocols_are_closed_at_once() {
    let server = Serving::start(&["--web", "false"]);
    for hello in [&b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"[..], &[22, 3, 1, 0, 200, 1]] {
        let mut peer = TcpStream::connect(server.address).await.expect("it listens");
        peer.write_all(hello).await.expect("it is sent");
        let end = soon("the end", peer.read(&mut [0; 64])).await;
        assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
    }
    is_served(&server).await;
}

// shows MFN-TRANS-018
#[tokio::test]
async fn an_old_connection_is_asked_to_go_and_its_calls_are_finished() {
    let server = Serving::start(&["--max-connection-age-ms", "200"]);
    let requests = raw(&server).await;
    let request = SimulationStreamRequest {
        grid_size: 64,
        steps: 10_000,
        stream_interval: 2500,
        ..Default::default()
    };
    let frames = client(&server).await.stream_simulation(request).await.expect("a stream");
    // No new call is taken on this one from some time on.
    let asked_to_go = async {
        while let Ok(mut ready) = requests.clone().ready().await {
            let Ok((answer, _)) = ready.send_request(head(RUN), true) else { return };
            if answer.await.is_err() {
                return;
            }
        }
    };
    soon("the GOAWAY", asked_to_go).await;
    let frames: Vec<_> = soon("its end", frames.into_inner().collect()).await;
    assert_eq!(frames.iter().filter(|frame| frame.is_ok()).count(), 4);
    is_served(&server).await;
}

// shows MFN-TRANS-011, MFN-AUDIT-008
#[tokio::test]
async fn a_header_list_may_be_large_and_one_that_is_too_large_is_refused_and_audited() {
    let log = audit::log("headers.jsonl");
    let mut server = audit::start(&log, &[]);
    let requests = raw(&server).await;
    for (bytes, expected) in [(8000, 200), (20_000, 431)] {
        let mut head = signed(audit::KEY, RUN);
        head.headers_mut().insert("x-large", "x".repeat(bytes).parse().expect("a header"));
        let ended = soon("an answer", call(&requests, head, encoded(&small()))).await;
        assert_eq!(ended.http, expected);
    }
    drop(requests);
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    let counts = audit::counts(&audit::lines(&log));
    assert_eq!(
        counts,
        [("OK", 1), ("HEADERS_TOO_LARGE", 1)].map(|(of, n)| (of.to_owned(), n)).into()
    );
}

// shows MFN-TRANS-032
#[tokio::test]
async fn another_protocol_is_ended_and_not_reset() {
    let server = Serving::start(&[]);
    for bytes in [30, 3000] {
        let mut peer = TcpStream::connect(server.address).await.expect("it listens");
        peer.write_all(&vec![b'X'; bytes]).await.expect("it is sent");
        let end = soon("the end", peer.read(&mut [0; 64])).await;
        assert_eq!(end.expect("no reset"), 0);
    }
}
