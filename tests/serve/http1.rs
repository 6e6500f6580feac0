//! Connections of HTTP/1.1, byte by byte, over the system's sockets.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::serving::Serving;
use crate::soon;

const RUN: &str = "POST /mfn.MFNSimulationService/RunSimulation HTTP/1.1\r\nhost: localhost\r\n\
    content-type: application/json\r\n";
const BODY: &str = r#"{"gridSize":4,"steps":1}"#;

/// What the server answers to these bytes until it closes the connection. If the client
/// `is_done`, it closes its direction before.
async fn answered(server: &Serving, bytes: &str, is_done: bool) -> String {
    let mut peer = TcpStream::connect(server.address).await.expect("it listens");
    peer.write_all(bytes.as_bytes()).await.expect("it is read");
    if is_done {
        peer.shutdown().await.expect("it can be closed");
    }
    let mut answer = String::new();
    let read = soon("the end", peer.read_to_string(&mut answer)).await;
    read.expect("no reset, and text");
    answer
}

// shows MFN-TRANS-039
#[tokio::test]
async fn a_client_that_has_no_more_to_send_is_answered() {
    let server = Serving::start(&[]);
    let call = format!("{RUN}content-length: {}\r\n\r\n{BODY}", BODY.len());
    for request in [
        "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "GET / HTTP/1.0\r\nhost: localhost\r\n\r\n",
        &call,
    ] {
        let answer = answered(&server, request, true).await;
        assert!(answer.contains(" 200 OK\r\n"), "{answer}");
    }
    let nothing = "GET /nothing HTTP/1.0\r\nhost: localhost\r\n\r\n";
    let answer = answered(&server, nothing, true).await;
    assert!(answer.starts_with("HTTP/1.0 404 "), "{answer}");
}

// shows MFN-TRANS-040
#[tokio::test]
async fn chunks_that_are_none_are_malformed_and_no_sign_that_the_caller_left() {
    let server = Serving::start(&[]);
    let call = format!("{RUN}transfer-encoding: chunked\r\n\r\nzz\r\n{BODY}\r\n");
    let answer = answered(&server, &call, false).await;
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
    assert!(answer.contains(r#""code":"invalid_argument""#) && answer.contains("chunk"));
}

#[tokio::test]
async fn the_status_of_a_caller_who_left_has_a_phrase() {
    let server = Serving::start(&[]);
    let call = format!("{RUN}content-length: {}\r\n\r\n{BODY}", BODY.len() + 1);
    let answer = answered(&server, &call, true).await;
    assert!(answer.starts_with("HTTP/1.1 499 Client Closed Request\r\n"), "{answer}");
}

// shows MFN-TRANS-038, MFN-WEB-026
#[tokio::test]
async fn a_request_that_is_not_clear_about_its_host_or_origin_is_refused_and_the_last() {
    let server = Serving::start(&[]);
    for headers in [
        "",
        "host: localhost\r\nhost: evil.example\r\n",
        "host: local host\r\n",
        "host: localhost\r\norigin: http://localhost\r\norigin: http://evil.example\r\n",
    ] {
        let answer = answered(&server, &format!("GET / HTTP/1.1\r\n{headers}\r\n"), false).await;
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{headers}: {answer}");
        assert!(answer.contains("connection: close") && answer.contains("send one header"));
    }
}

// shows MFN-TRANS-035
#[tokio::test]
async fn a_client_that_sends_on_after_a_refusal_reads_it_and_no_reset() {
    let server = Serving::start(&[]);
    for bytes in [30_000, 60_000, 500_000] {
        let head =
            format!("GET / HTTP/1.1\r\nhost: localhost\r\nlong: {}\r\n\r\n", "x".repeat(bytes));
        let answer = answered(&server, &head, false).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
}
