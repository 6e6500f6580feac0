//! Who calls by the web, and how often: the same layers decide it as for gRPC.

use bytes::Bytes;
use h2::client::SendRequest;
use http::Request;
use serde_json::Value;

use crate::audit::{KEY, lines, log, start};
use crate::caller::{Ended, RUN, call, encoded, head, raw, small};
use crate::serving::Serving;
use crate::signed::{set, signed};

const JSON: &str = r#"{"gridSize":4,"steps":1}"#;

/// A call by Connect with JSON.
async fn by_connect(requests: &SendRequest<Bytes>, mut head: Request<()>) -> Ended {
    set(&mut head, "content-type", "application/json");
    call(requests, head, JSON.into()).await
}

// shows MFN-WEB-014, MFN-WEB-019
#[tokio::test]
async fn a_call_of_the_web_is_signed_as_one_of_grpc_is() {
    let server = Serving::start_with_keys(KEY, &[]);
    let requests = raw(&server).await;
    assert_eq!(by_connect(&requests, signed(KEY, RUN)).await.http, 200);
    assert_eq!(by_connect(&requests, head(RUN)).await.http, 401);
    let other_method = signed(KEY, "/mfn.MFNSimulationService/StreamSimulation");
    let mut wrongly_signed = head(RUN);
    *wrongly_signed.headers_mut() = other_method.headers().clone();
    assert_eq!(by_connect(&requests, wrongly_signed).await.http, 401);
}

// shows MFN-WEB-015, MFN-WEB-021
#[tokio::test]
async fn calls_of_all_protocols_are_charged_to_one_rate() {
    // So few that a second is not over between them, on any machine.
    let server = Serving::start_with_keys(KEY, &["--rate-limit-rps", "1"]);
    let requests = raw(&server).await;
    let mut last = None;
    for _ in 0..100 {
        let by_grpc = call(&requests, signed(KEY, RUN), encoded(&small())).await;
        let by_web = by_connect(&requests, signed(KEY, RUN)).await;
        if by_grpc.http == 200 && by_web.http == 429 {
            last = Some(by_web);
            break;
        }
    }
    let refused = last.expect("the call by gRPC is charged to the same rate");
    assert!(refused.metadata.contains_key("retry-after"));
    assert!(refused.metadata.contains_key("grpc-retry-pushback-ms"));
}

/// A request with no body, by any HTTP method.
async fn ask(requests: &SendRequest<Bytes>, method: &str, path: &str) -> Ended {
    let mut head = head(path);
    *head.method_mut() = method.parse().expect("a method");
    head.headers_mut().remove("content-type");
    call(requests, head, Vec::new()).await
}

// shows MFN-AUDIT-017, MFN-WEB-030
#[tokio::test]
async fn what_is_refused_has_a_line_with_its_protocol_and_the_page_has_none() {
    const STREAM: &str = "/mfn.MFNSimulationService/StreamSimulation";
    let log = log("web.jsonl");
    let mut server = start(&log, &["--cors-origins", "https://lab.example"]);
    let requests = raw(&server).await;
    assert_eq!(ask(&requests, "GET", "/").await.http, 200);
    assert_eq!(ask(&requests, "GET", "/page/main.js").await.http, 200);
    let mut preflight = head(RUN);
    *preflight.method_mut() = http::Method::OPTIONS;
    set(&mut preflight, "origin", "https://lab.example");
    set(&mut preflight, "access-control-request-method", "POST");
    assert_eq!(call(&requests, preflight, Vec::new()).await.http, 204);

    let of_type = async |path: &str, content_type: &str| {
        let mut head = head(path);
        set(&mut head, "content-type", content_type);
        call(&requests, head, JSON.into()).await.http
    };
    assert_eq!(of_type(STREAM, "application/json").await, 415);
    assert_eq!(of_type(RUN, "text/plain").await, 415);
    assert_eq!(ask(&requests, "GET", STREAM).await.http, 405);
    assert_eq!(ask(&requests, "GET", "/favicon.ico").await.http, 404);
    assert_eq!(by_connect(&requests, signed(KEY, RUN)).await.http, 200);
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));

    let lines = lines(&log);
    let text = |line: &Value, name: &str| line[name].as_str().map(str::to_owned);
    let told: Vec<_> =
        lines.iter().map(|line| (text(line, "protocol"), text(line, "reason"))).collect();
    let refused = |protocol: &str| (Some(protocol.to_owned()), Some("NOT_GRPC".to_owned()));
    let expected = [
        refused("connect"),
        refused("http"),
        refused("connect"),
        refused("http"),
        (Some("connect".to_owned()), None),
    ];
    assert_eq!(told, expected, "{lines:?}");
}

/// JSON of a method whose requests are a stream was taken for protobuf.
// shows MFN-WEB-008
#[tokio::test]
async fn reflection_is_not_called_by_the_content_types_of_unary_calls() {
    let server = Serving::start(&[]);
    let requests = raw(&server).await;
    for version in ["v1", "v1alpha"] {
        let path = format!("/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo");
        let answer = by_connect(&requests, head(&path)).await;
        assert_eq!(answer.http, 415, "{version}");
    }
}

// shows MFN-WEB-029
#[tokio::test]
async fn a_message_in_json_may_have_as_much_white_space_as_fits() {
    let server = Serving::start(&[]);
    let requests = raw(&server).await;
    let mut head = head(RUN);
    set(&mut head, "content-type", "application/json");
    let padded = JSON.replace(',', &format!(",{}", "\n".repeat(1024 * 1024)));
    let answer = call(&requests, head.clone(), padded.into()).await;
    assert_eq!(answer.http, 200);
    let long = format!(r#"{{"requestId":"{}"}}"#, "x".repeat(16 * 1024));
    let answer = call(&requests, head, long.into()).await;
    assert_eq!(answer.http, 429);
}
