//! `grpc-timeout`.

use std::time::Duration;

use http::HeaderValue;
use tonic::{Code, Request};

use crate::caller::{RUN, STREAM, call, client, encoded, endless, endless_stream, head, is_served};
use crate::caller::{raw, small};
use crate::serving::Serving;
use crate::soon;

fn with_timeout<T>(message: T, timeout: Duration) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(timeout);
    request
}

fn deadline() -> (Code, String) {
    (Code::DeadlineExceeded, "DEADLINE".to_owned())
}

// shows MFN-TRANS-007, MFN-TRANS-008, MFN-ERR-012
#[tokio::test]
async fn a_computation_ends_at_its_deadline() {
    let server = Serving::start(&["--max-workers", "1"]);
    let requests = raw(&server).await;
    // By hand: tonic's client has a timer of its own, which may come first.
    let mut head = head(RUN);
    head.headers_mut().insert("grpc-timeout", HeaderValue::from_static("200m"));
    let ended = soon("the deadline", call(&requests, head, encoded(&endless()))).await;
    assert_eq!(ended.told(), deadline());
    server.is_idle().await;
    is_served(&server).await;
}

// shows MFN-TRANS-007, MFN-ERR-012
#[tokio::test]
async fn a_stream_ends_at_its_deadline_with_the_status_in_its_trailers() {
    let server = Serving::start(&["--max-workers", "1"]);
    let requests = raw(&server).await;
    let mut head = head(STREAM);
    head.headers_mut().insert("grpc-timeout", HeaderValue::from_static("300m"));
    let ended = soon("the deadline", call(&requests, head, encoded(&endless_stream(false)))).await;
    assert_eq!((ended.http, ended.told()), (200, deadline()));
    assert!(!ended.metadata.contains_key("content-type"), "these are trailers");
    server.is_idle().await;
    is_served(&server).await;
}

// shows MFN-TRANS-008
#[tokio::test]
async fn a_stream_that_nobody_reads_is_let_go_at_its_deadline() {
    let server = Serving::start(&["--max-workers", "1"]);
    let before = server.memory_kib();
    let mut client = client(&server).await;
    let request = with_timeout(endless_stream(true), Duration::from_millis(500));
    let mut frames = client.stream_simulation(request).await.expect("a stream").into_inner();
    soon("the first frame", frames.message()).await.expect("no error").expect("a frame");
    server.is_idle().await;
    is_served(&server).await;
    let grown = server.memory_kib().saturating_sub(before);
    assert!(grown < 64 * 1024, "{grown} KiB for a stream that is over");
}

// shows MFN-TRANS-007
#[tokio::test]
async fn a_call_that_is_done_in_time_is_answered() {
    let server = Serving::start(&[]);
    let mut client = client(&server).await;
    let request = with_timeout(small(), Duration::from_mins(1));
    client.run_simulation(request).await.expect("an answer");
}

// shows MFN-ERR-018, MFN-ERR-019
#[tokio::test]
async fn a_malformed_timeout_is_refused() {
    let server = Serving::start(&[]);
    let requests = raw(&server).await;
    for timeout in ["soon", "1", "S", "123456789S", "+1S", "-1S", "1.5S"] {
        let mut head = head(RUN);
        head.headers_mut().insert("grpc-timeout", HeaderValue::from_static(timeout));
        let ended = call(&requests, head, encoded(&small())).await;
        assert_eq!(ended.told(), (Code::Internal, "MALFORMED_TIMEOUT".to_owned()), "{timeout}");
    }
}

#[tokio::test]
async fn a_timeout_of_zero_has_passed() {
    let server = Serving::start(&[]);
    let mut head = head(RUN);
    head.headers_mut().insert("grpc-timeout", HeaderValue::from_static("0m"));
    let ended = call(&raw(&server).await, head, encoded(&small())).await;
    assert_eq!(ended.told(), deadline());
}
