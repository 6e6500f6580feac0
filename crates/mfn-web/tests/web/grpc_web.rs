//! gRPC-Web, binary and as text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use mfn_web::Protocol;

use crate::service::{Part, answer, call, config, headers, message, one, post, text, words};

const OK: &[u8] = b"grpc-status: 0\r\nof-the-end: 1\r\n";

// shows MFN-WEB-003
#[tokio::test]
async fn trailers_are_the_last_message() {
    let sent = message(0, &words("hello", &[]));
    let request = post("Say", "application/grpc-web", sent.clone());
    let (answer, asked) = call(config(), request, one("answer")).await;
    let asked = asked.expect("it is asked");
    assert_eq!(asked.head.headers["content-type"], "application/grpc");
    assert_eq!(Protocol::of(&asked.head.extensions), Protocol::GrpcWeb);
    assert_eq!(asked.body, Ok(sent));
    assert_eq!(answer.headers()["content-type"], "application/grpc-web+proto");
    assert_eq!(answer.headers()["of-the-head"], "1");
    let body = answer.into_body().collect().await.expect("it does not break off");
    assert!(body.trailers().is_none());
    let expected = [message(0, &words("answer", &[])), message(0x80, OK)].concat();
    assert_eq!(body.to_bytes(), expected);
}

// shows MFN-WEB-004
#[tokio::test]
async fn text_is_base64_both_ways_a_part_at_a_time() {
    let sent = message(0, &words("hello", &[]));
    let request = post("Say", "application/grpc-web-text", STANDARD.encode(&sent));
    let (answer, asked) = call(config(), request, one("answer")).await;
    assert_eq!(asked.expect("it is asked").body, Ok(sent));
    assert_eq!(answer.headers()["content-type"], "application/grpc-web-text+proto");
    let parts = [message(0, &words("answer", &[])), message(0x80, OK)];
    assert_eq!(text(answer).await, parts.map(|part| STANDARD.encode(part)).concat());
}

#[tokio::test]
async fn an_error_without_a_body_is_told_in_the_body() {
    let head = [("grpc-status", "3"), ("grpc-message", "50%25"), ("retry-after", "1")];
    let request = post("Say", "application/grpc-web+proto", message(0, &[]));
    let (answer, _) = call(config(), request, answer(&head, [])).await;
    assert_eq!(answer.status(), 200);
    assert!(!answer.headers().contains_key("grpc-status"));
    assert_eq!(answer.headers()["retry-after"], "1");
    let body = answer.into_body().collect().await.expect("it does not break off").to_bytes();
    assert_eq!(body, message(0x80, b"grpc-status: 3\r\ngrpc-message: 50%25\r\n"));
}

#[tokio::test]
async fn an_answer_that_ends_without_a_status_is_unknown() {
    let request = post("Say", "application/grpc-web", message(0, &[]));
    let (answer, _) = call(config(), request, answer(&[], [])).await;
    let body = answer.into_body().collect().await.expect("it does not break off").to_bytes();
    let lines = b"grpc-status: 2\r\ngrpc-message: the answer ended without a status\r\n";
    assert_eq!(body, message(0x80, lines));
}

#[tokio::test]
async fn messages_can_be_in_json() {
    let request = post("Stream", "application/grpc-web+json", message(0, br#"{"text":"hello"}"#));
    let parts = [
        Part::Data([message(0, &words("one", &[])), message(0, &[])].concat().into()),
        Part::Trailers(headers(&[("grpc-status", "0")])),
    ];
    let (answer, asked) = call(config(), request, answer(&[], parts)).await;
    assert_eq!(asked.expect("it is asked").body, Ok(message(0, &words("hello", &[]))));
    let body = answer.into_body().collect().await.expect("it does not break off").to_bytes();
    let expected =
        [message(0, br#"{"text":"one"}"#), message(0, b"{}"), message(0x80, b"grpc-status: 0\r\n")];
    assert_eq!(body, Bytes::from(expected.concat()));
}
