//! gRPC passes as it is.

use http::{HeaderValue, Version};
use http_body_util::BodyExt as _;

use crate::service::{call, config, message, one, post, words};

#[tokio::test]
async fn a_call_of_grpc_and_its_answer_pass_unchanged() {
    let sent = message(0, &words("hello", &[]));
    let request = post("Say", "application/grpc+proto", sent.clone());
    let (answer, asked) = call(config(), request, one("answer")).await;
    let asked = asked.expect("it is asked");
    assert_eq!(asked.head.headers["content-type"], "application/grpc+proto");
    assert_eq!(asked.body, Ok(sent));
    assert_eq!(answer.headers()["content-type"], "application/grpc");
    let body = answer.into_body().collect().await.expect("it does not break off");
    assert_eq!(body.trailers().expect("trailers")["grpc-status"], "0");
    assert_eq!(body.to_bytes(), message(0, &words("answer", &[])));
}

#[tokio::test]
async fn over_http1_grpc_is_refused_and_the_service_learns_of_it() {
    let mut request = post("Say", "application/grpc", "");
    *request.version_mut() = Version::HTTP_11;
    request.headers_mut().insert("host", HeaderValue::from_static("localhost"));
    let (answer, asked) = call(config(), request, one("answer")).await;
    assert_eq!(answer.status(), 415);
    let accepted = answer.headers()["accept-post"].to_str().expect("ASCII");
    assert!(accepted.contains("application/json"), "{accepted}");
    let asked = asked.expect("it is told");
    assert!(!asked.head.headers.contains_key("content-type"));
}
