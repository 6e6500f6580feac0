//! The log: nothing that anyone may send fills it.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::by_hand::{ACK, ByHand, Frame, PING, frame};
use crate::caller::{client, is_served, small};
use crate::serving::Serving;
use crate::{soon, tls};

/// Answers to pings that the server never sent, until it has seen them all.
pub(crate) async fn send_unsolicited_ping_acks(server: &Serving, count: usize) {
    const QUESTION: &[u8] = b"is it in";
    let mut peer = ByHand::open(server).await;
    peer.send(&frame(PING, ACK, 0, &[7; 8]).repeat(count)).await;
    peer.send(&frame(PING, 0, 0, QUESTION)).await;
    let answer = |frame: &Frame| frame.kind == PING && frame.is_ack() && frame.payload == QUESTION;
    peer.find("the answer to a ping", answer).await;
}

// shows MFN-CONF-008
#[tokio::test]
async fn an_unsolicited_ping_ack_writes_no_line() {
    let mut server = Serving::start(&[]);
    send_unsolicited_ping_acks(&server, 1000).await;
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    let log = server.all_that_was_logged();
    assert!(!log.contains("ack that we never sent"), "{} lines", log.lines().count());
}

// shows MFN-CONF-008
#[tokio::test]
async fn what_a_library_logs_is_had_by_its_name() {
    let mut server = Serving::start(&["--log", "info,h2=warn"]);
    send_unsolicited_ping_acks(&server, 1).await;
    server.logged("ack that we never sent");
    server.signal("TERM");
    server.logged("finishing the open calls");
}

/// A `ClientHello` of TLS 1.2 that asks for `name`.
fn client_hello(name: &str) -> Vec<u8> {
    const HOST_NAME: u8 = 0;
    let names = counted(2, &[&[HOST_NAME], &*counted(2, name.as_bytes())].concat());
    let server_name = [&[0, 0], &*counted(2, &names)].concat();
    let hello = [
        &[3, 3],
        [0x42; 32].as_slice(),
        &counted(1, &[]),
        &counted(2, &[0xc0, 0x2f]),
        &counted(1, &[0]),
        &counted(2, &server_name),
    ]
    .concat();
    let message = [&[1], &*counted(3, &hello)].concat();
    [&[22, 3, 1], &*counted(2, &message)].concat()
}

/// `content` behind its length in so many bytes.
fn counted(length_bytes: usize, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u64).to_be_bytes();
    [&length[8 - length_bytes..], content].concat()
}

// shows MFN-CONF-008
#[tokio::test]
async fn a_tls_hello_with_a_bad_name_writes_no_line() {
    let files = tls::Files::new("bad-name");
    for (filter, is_logged) in [("info", false), ("info,rustls=warn", true)] {
        let mut server = Serving::start(&[&files.flags()[..], &["--log", filter]].concat());
        for name in ["bad name", "127.0.0.1"] {
            let mut peer = TcpStream::connect(server.address).await.expect("it listens");
            peer.write_all(&client_hello(name)).await.expect("it is sent");
            // An alert, and the end.
            soon("the end", peer.read_to_end(&mut Vec::new())).await.ok();
        }
        server.signal("TERM");
        assert_eq!(server.ended().await.0, Some(0));
        let log = server.all_that_was_logged();
        assert_eq!(log.contains("Illegal SNI"), is_logged, "{filter}: {log}");
    }
}

// shows MFN-CONF-009
#[tokio::test]
async fn a_flood_of_refused_connections_is_a_few_lines_that_count_them() {
    const FLOOD: u64 = 500;
    let mut server = Serving::start(&["--max-connections", "1"]);
    // One that makes way for no other.
    let mut open = client(&server).await;
    open.run_simulation(small()).await.expect("an answer");
    is_full(&server).await;
    for _ in 0..FLOOD {
        is_full(&server).await;
    }
    // The last line comes of itself, within a second.
    let mut counted = 0;
    let mut lines = 0;
    while counted <= FLOOD {
        server.logged("as many connections are open as may");
        counted += refused(server.last_line());
        lines += 1;
    }
    assert_eq!(counted, FLOOD + 1);
    assert!(lines <= FLOOD / 10, "{lines} lines of {FLOOD} connections");
    drop(open);
}

// shows MFN-CONF-009
#[tokio::test]
async fn what_a_burst_leaves_out_is_told_before_the_end() {
    let mut server = Serving::start(&["--max-connections", "1", "--shutdown-grace-ms", "0"]);
    let mut open = client(&server).await;
    open.run_simulation(small()).await.expect("an answer");
    for _ in 0..10 {
        is_full(&server).await;
    }
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    let log = server.all_that_was_logged();
    let lines = log.lines().filter(|line| line.contains("as many connections are open as may"));
    assert_eq!(lines.map(refused).sum::<u64>(), 10, "{log}");
}

// shows MFN-CONF-009, MFN-LIFE-009
#[tokio::test]
async fn a_log_that_nobody_reads_holds_nothing_up() {
    let flags = ["--log", "info,h2=warn", "--shutdown-grace-ms", "100"];
    let mut server = Serving::start(&flags);
    // Each has a line, and together they are more than a pipe and the server's own
    // buffer have room for.
    send_unsolicited_ping_acks(&server, 30_000).await;
    is_served(&server).await;
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
}

/// How many refused connections a line stands for.
fn refused(line: &str) -> u64 {
    let left_out = line.split_once("left_out=").map_or(0, |(_, rest)| {
        rest.split_whitespace().next().and_then(|count| count.parse().ok()).expect("a count")
    });
    // A line that comes of itself stands for none but those that were left out.
    left_out + u64::from(line.contains("max_connections"))
}

/// A further connection is closed at once.
async fn is_full(server: &Serving) {
    let mut peer = TcpStream::connect(server.address).await.expect("the backlog takes it");
    let end = soon("its end", peer.read(&mut [0; 64])).await;
    assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
}
