//! Requests of the Connect protocol, as the service behind is asked.

use bytes::Bytes;
use http::{Request, Version};
use mfn_web::{Config, Fault};

use crate::service::{call, config, headers, message, one, post, text, words};

const JSON: &str = "application/json";

// shows MFN-WEB-007
#[tokio::test]
async fn a_get_has_its_message_in_the_query() {
    let get = |query: &str| {
        let uri = format!("http://localhost/test.Echo/Say?{query}");
        let request = Request::get(uri).version(Version::HTTP_11).header("host", "localhost");
        request.body(Bytes::new()).expect("a request")
    };
    let request = get("connect=v1&encoding=json&message=%7B%22text%22%3A%22hello%22%7D");
    let (answer, asked) = call(config(), request, one("answer")).await;
    let asked = asked.expect("it is asked");
    assert_eq!(asked.head.method, "POST");
    assert_eq!(asked.body, Ok(message(0, &words("hello", &[]))));
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(text(answer).await, r#"{"text":"answer"}"#);
    let (_, asked) =
        call(config(), get("encoding=proto&base64=1&message=CgVoZWxsbw"), one("")).await;
    assert_eq!(asked.expect("it is asked").body, Ok(message(0, &words("hello", &[]))));
    let (_, asked) =
        call(config(), get("encoding=json&compression=gzip&message=e30"), one("")).await;
    assert_eq!(asked.expect("it is asked").body, Ok(message(1, &[])));
    let (_, asked) = call(config(), get("encoding=json"), one("")).await;
    assert!(matches!(asked.expect("it is asked").body, Err(Fault::Malformed(_))));
    let (answer, _) = call(config(), get("encoding=xml&message=x"), one("")).await;
    assert_eq!(answer.status(), 415);
}

// shows MFN-WEB-016
#[tokio::test]
async fn a_timeout_is_passed_on_and_what_is_none_refused() {
    let timeout = async |value: &'static str| {
        let mut request = post("Say", JSON, "{}");
        request.headers_mut().extend(headers(&[("connect-timeout-ms", value)]));
        call(config(), request, one("")).await.1.expect("it is asked")
    };
    let asked = timeout("1500").await;
    assert_eq!(asked.head.headers["grpc-timeout"], "1500m");
    assert!(asked.body.is_ok());
    let asked = timeout("soon").await;
    assert!(!asked.head.headers.contains_key("grpc-timeout"));
    assert!(matches!(asked.body, Err(Fault::Malformed(_))));
}

// shows MFN-WEB-010
#[tokio::test]
async fn what_is_no_message_is_refused_with_what_is_wrong() {
    let fault = async |content_type: &str, body: &[u8]| {
        let streams = content_type.contains("connect");
        let method = if streams { "Stream" } else { "Say" };
        let request = post(method, content_type, Bytes::copy_from_slice(body));
        let (_, asked) = call(config(), request, one("")).await;
        asked.expect("it is asked").body.expect_err("it is refused").to_string()
    };
    let slip = fault(JSON, br#"{"txt":"hello"}"#).await;
    assert!(slip.contains("test.Words") && slip.contains("txt"), "{slip}");
    let twice = fault(JSON, br#"{"text":"hello","text":"hello"}"#).await;
    assert!(twice.contains("`text` is there twice"), "{twice}");
    for wrong in ["", "{", "[]", "{} {}", "null x"] {
        fault(JSON, wrong.as_bytes()).await;
    }
    let deep = format!("{{\"numbers\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(fault(JSON, deep.as_bytes()).await.len() < 400);
    fault("application/connect+json", &message(0, b"{}")[..6]).await;
    fault("application/connect+json", &message(2, b"{}")).await;
}

// shows MFN-WEB-029
#[tokio::test]
async fn white_space_does_not_make_a_message_in_json_too_long() {
    let padded = |spaces: usize| {
        let space = "\n".repeat(spaces);
        Bytes::from(format!("{{{space}\"text\":{space}\"a  b\",{space}\"numbers\":[1{space},2]}}"))
    };
    let sent = Ok(message(0, &words("a  b", &[1.0, 2.0])));
    for json in [padded(0), padded(5000), padded(1024 * 1024 - 20)] {
        let (_, asked) = call(config(), post("Say", JSON, json.clone()), one("")).await;
        assert_eq!(asked.expect("it is asked").body, sent);
        let stream = post("Stream", "application/connect+json", message(0, &json));
        let (_, asked) = call(config(), stream, one("")).await;
        assert_eq!(asked.expect("it is asked").body, sent);
    }
}

// shows MFN-WEB-029
#[tokio::test]
async fn what_is_too_long_is_refused_with_how_long_it_may_be() {
    let text = |bytes: usize| Bytes::from(format!("{{\"text\":\"{}\"}}", "x".repeat(bytes)));
    let limit = 16 * 1024;
    let longest = text(limit - text(0).len());
    let (_, asked) = call(config(), post("Say", JSON, longest.clone()), one("")).await;
    assert!(asked.expect("it is asked").body.is_ok());
    let longer = text(limit + 1 - text(0).len());
    for (method, content_type, body) in [
        ("Say", JSON, longer.clone()),
        ("Say", "application/proto", longer.clone()),
        ("Stream", "application/connect+json", message(0, &longer)),
    ] {
        let (_, asked) = call(config(), post(method, content_type, body), one("")).await;
        let fault = asked.expect("it is asked").body;
        assert_eq!(fault, Err(Fault::TooLargeWhole { limit }), "{content_type}");
    }
    let config = || Config { max_message_bytes: 100, ..config() };
    let spaces = Bytes::from(vec![b' '; 101]);
    for (method, content_type, body) in
        [("Say", JSON, spaces.clone()), ("Stream", "application/connect+json", message(0, &spaces))]
    {
        for has_length in [true, false] {
            let mut request = post(method, content_type, body.clone());
            if has_length {
                request.headers_mut().insert("content-length", body.len().into());
            }
            let (_, asked) = call(config(), request, one("")).await;
            let fault = asked.expect("it is asked").body;
            assert_eq!(fault, Err(Fault::TooLarge { limit: 100 }), "{content_type}");
        }
    }
}

/// A line and a column help, if they are those of what was sent.
#[tokio::test]
async fn the_place_of_an_error_is_told_of_short_json_alone() {
    for (spaces, has_place) in [(1, true), (20_000, false)] {
        let json = format!("{{{}\"text\":1}}", "\n".repeat(spaces));
        let (_, asked) = call(config(), post("Say", JSON, json), one("")).await;
        let fault = asked.expect("it is asked").body.expect_err("it is refused").to_string();
        assert_eq!(fault.contains("line 2"), has_place, "{fault}");
        assert!(
            fault.contains("invalid type") && (has_place || !fault.contains("line")),
            "{fault}"
        );
    }
}

// shows MFN-WEB-009
#[tokio::test]
async fn a_compressed_message_is_seen_to_be_one() {
    for (method, content_type, name) in
        [("Say", JSON, "content-encoding"), ("Say", "application/proto", "content-encoding")]
    {
        let mut request = post(method, content_type, "compressed");
        request.headers_mut().extend(headers(&[(name, "gzip")]));
        let (_, asked) = call(config(), request, one("")).await;
        let asked = asked.expect("it is asked");
        assert_eq!(asked.body, Ok(message(1, &[])));
        assert_eq!(asked.head.headers["grpc-encoding"], "gzip");
    }
    let request = post("Stream", "application/connect+json", message(1, b"compressed"));
    let (_, asked) = call(config(), request, one("")).await;
    assert_eq!(asked.expect("it is asked").body, Ok(message(1, &[])));
}
