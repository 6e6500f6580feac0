//! The Connect protocol.

use bytes::Bytes;
use http_body_util::BodyExt as _;
use mfn_web::Protocol;
use serde_json::{Value, json};

use crate::service::{Part, answer, call, config, headers, message, one, post, text, words};

const JSON: &str = "application/json";

// shows MFN-WEB-005
#[tokio::test]
async fn a_unary_call_in_json_is_a_message_and_nothing_else() {
    let request = post("Say", JSON, r#"{"text":"hello","numbers":[1,"NaN"]}"#);
    let (answer, asked) = call(config(), request, one("answer")).await;
    let asked = asked.expect("it is asked");
    assert_eq!(asked.head.headers["content-type"], "application/grpc");
    assert_eq!(asked.head.headers["te"], "trailers");
    assert_eq!(Protocol::of(&asked.head.extensions), Protocol::Connect);
    assert_eq!(asked.body, Ok(message(0, &words("hello", &[1.0, f64::NAN]))));
    assert_eq!(answer.status(), 200);
    let headers = answer.headers();
    assert_eq!(headers["content-type"], JSON);
    assert_eq!(headers["content-length"], "17");
    assert_eq!(
        (&headers["of-the-head"], &headers["trailer-of-the-end"]),
        (&"1".parse().expect("a header"), &"1".parse().expect("a header"))
    );
    assert!(!headers.contains_key("trailer-grpc-status"));
    assert_eq!(text(answer).await, r#"{"text":"answer"}"#);
}

// shows MFN-WEB-005
#[tokio::test]
async fn a_unary_call_in_protobuf_goes_with_its_length_or_without() {
    for has_length in [true, false] {
        let sent = words("hello", &[]);
        let mut request = post("Say", "application/proto", sent.clone());
        if has_length {
            request.headers_mut().insert("content-length", sent.len().into());
        }
        let (answer, asked) = call(config(), request, one("answer")).await;
        let asked = asked.expect("it is asked");
        assert_eq!(asked.body, Ok(message(0, &sent)));
        assert!(!asked.head.headers.contains_key("content-length"));
        assert_eq!(answer.headers()["content-length"], words("answer", &[]).len().to_string());
        assert_eq!(text(answer).await.as_bytes(), words("answer", &[]));
    }
}

// shows MFN-WEB-013, MFN-WEB-019
#[tokio::test]
async fn an_error_is_json_with_its_details_and_a_status_of_http() {
    // google.rpc.Status with one detail of an unknown type.
    let details = "CAMSA2JhZBoXChV0eXBlLmdvb2dsZWFwaXMuY29tL2E";
    let head = [
        ("grpc-status", "8"),
        ("grpc-message", "too many"),
        ("grpc-status-details-bin", details),
        ("retry-after", "1"),
    ];
    let (answer, _) = call(config(), post("Say", JSON, "{}"), answer(&head, [])).await;
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["content-type"], JSON);
    assert_eq!(answer.headers()["retry-after"], "1");
    assert!(!answer.headers().contains_key("grpc-status"));
    let error: Value = serde_json::from_str(&text(answer).await).expect("JSON");
    let expected = json!({
        "code": "resource_exhausted", "message": "too many",
        "details": [{ "type": "a", "value": "" }],
    });
    assert_eq!(error, expected);
}

#[tokio::test]
async fn an_error_after_the_message_is_still_an_error() {
    let trailers = headers(&[("grpc-status", "5"), ("of-the-end", "1")]);
    let parts = [Part::Data(message(0, &words("x", &[]))), Part::Trailers(trailers)];
    let (answer, _) = call(config(), post("Say", JSON, "{}"), answer(&[], parts)).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["of-the-end"]),
        (404, &"1".parse().expect("a header"))
    );
    assert_eq!(text(answer).await, r#"{"code":"not_found"}"#);
}

#[tokio::test]
async fn an_answer_without_a_message_or_an_end_is_an_error() {
    for parts in
        [vec![], vec![Part::Trailers(headers(&[("grpc-status", "0")]))], vec![Part::Breaks]]
    {
        let (answer, _) = call(config(), post("Say", JSON, "{}"), answer(&[], parts)).await;
        assert_eq!(answer.status(), 500);
        assert!(text(answer).await.starts_with(r#"{"code":"unknown","message":"the answer "#));
    }
}

/// A service that waits until its answer is sent before it tells how the call ended must
/// not be waited for.
#[tokio::test]
async fn an_answer_that_waits_for_its_reader_is_not_waited_for() {
    let numbers = vec![-1.5; 20_000];
    for (form, content_type) in
        [("Say", JSON), ("Say", "application/proto"), ("Stream", "application/connect+json")]
    {
        for numbers in [&numbers[..], &numbers[..3]] {
            let encoded = message(0, &words("x", numbers));
            let parts: Vec<_> = encoded
                .chunks(10_000)
                .map(|part| Part::Data(Bytes::copy_from_slice(part)))
                .collect();
            let end = [Part::AllTaken, Part::Trailers(headers(&[("grpc-status", "0")]))];
            let body = if form == "Say" { Bytes::from_static(b"{}") } else { message(0, b"{}") };
            let body = if content_type == "application/proto" { Bytes::new() } else { body };
            let request = post(form, content_type, body);
            let (answer, _) =
                call(config(), request, answer(&[], parts.into_iter().chain(end))).await;
            assert_eq!(answer.status(), 200);
            // Each part is let go before the next is asked for, as by a transport.
            let mut body = answer.into_body();
            let mut bytes = 0;
            while let Some(frame) = body.frame().await {
                bytes += frame.expect("it does not break off").into_data().expect("data").len();
            }
            assert!(bytes >= 2 * numbers.len(), "{bytes}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_fails_when_a_part_of_it_is_sent_breaks_off() {
    let encoded = message(0, &words("x", &vec![-1.5; 20_000]));
    let trailers = headers(&[("grpc-status", "4")]);
    for content_type in [JSON, "application/proto"] {
        let parts = [Part::Data(encoded.slice(..100_000)), Part::Trailers(trailers.clone())];
        let (answer, _) = call(
            config(),
            post("Say", content_type, if content_type == JSON { "{}" } else { "" }),
            answer(&[], parts),
        )
        .await;
        assert_eq!(answer.status(), 200);
        assert!(answer.into_body().collect().await.is_err());
    }
}

// shows MFN-WEB-006, MFN-WEB-020, MFN-WEB-021
#[tokio::test]
async fn a_stream_ends_with_its_trailers_and_its_error() {
    let parts = [
        Part::Data(message(0, &words("one", &[]))),
        Part::Data(message(0, &words("two", &[]))),
        Part::Trailers(headers(&[
            ("grpc-status", "4"),
            ("grpc-message", "late"),
            ("of-the-end", "1"),
        ])),
    ];
    let request = post("Stream", "application/connect+json", message(0, br#"{"text":"hello"}"#));
    let (answer, asked) = call(config(), request, answer(&[], parts)).await;
    assert_eq!(asked.expect("it is asked").body, Ok(message(0, &words("hello", &[]))));
    assert_eq!(answer.headers()["content-type"], "application/connect+json");
    let body = answer.into_body().collect().await.expect("it does not break off").to_bytes();
    let end = r#"{"error":{"code":"deadline_exceeded","message":"late"},"metadata":{"of-the-end":["1"]}}"#;
    let expected = [
        message(0, br#"{"text":"one"}"#),
        message(0, br#"{"text":"two"}"#),
        message(2, end.as_bytes()),
    ];
    assert_eq!(body, Bytes::from(expected.concat()));
}

// shows MFN-WEB-020
#[tokio::test]
async fn a_stream_that_fails_at_once_has_no_message_but_its_end() {
    let request = post("Stream", "application/connect+proto", message(0, &[]));
    let (answer, _) = call(config(), request, answer(&[("grpc-status", "16")], [])).await;
    assert_eq!(answer.status(), 200);
    let body = answer.into_body().collect().await.expect("it does not break off").to_bytes();
    assert_eq!(body, message(2, br#"{"error":{"code":"unauthenticated"}}"#));
}

#[tokio::test]
async fn a_long_message_in_json_is_as_long_as_its_prefix_says() {
    let numbers: Vec<_> = (0..20_000).map(|n| f64::from(n) / 7.0).collect();
    let encoded = message(0, &words("x", &numbers));
    let parts = encoded.chunks(1000).map(|part| Part::Data(Bytes::copy_from_slice(part)));
    let end = Part::Trailers(headers(&[("grpc-status", "0")]));
    let request = post("Stream", "application/connect+json", message(0, b"{}"));
    let (answer, _) = call(config(), request, answer(&[], parts.chain([end]))).await;
    let mut body = answer.into_body();
    let mut read = Vec::new();
    let mut longest = 0;
    while let Some(frame) = body.frame().await {
        let data = frame.expect("it does not break off").into_data().expect("data");
        longest = longest.max(data.len());
        read.extend_from_slice(&data);
    }
    assert!(longest < 64 * 1024, "a part of {longest} bytes");
    let length = u32::from_be_bytes([read[1], read[2], read[3], read[4]]) as usize;
    let (json, end) = read[5..].split_at(length);
    assert_eq!(end, message(2, b"{}"));
    let json: Value = serde_json::from_slice(json).expect("JSON");
    let values = json["numbers"].as_array().expect("a list").iter();
    assert!(values.map(|value| value.as_f64().expect("a number")).eq(numbers));
}
