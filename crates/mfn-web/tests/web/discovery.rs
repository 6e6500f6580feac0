//! What is no call, and what browsers ask.

use bytes::Bytes;
use http::{Request, Version};
use mfn_web::{Config, Origins, Page, Protocol};

use crate::service::{answer, call, config, one, post, text};

fn request(method: &str, path: &str) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(path).version(Version::HTTP_11);
    request.header("host", "localhost").body(Bytes::new()).expect("a request")
}

// shows MFN-WEB-008, MFN-TRANS-031
#[tokio::test]
async fn other_methods_and_types_are_refused_with_what_is_allowed() {
    let refused = async |request: Request<Bytes>| call(config(), request, one("")).await.0;
    let answer = refused(request("PUT", "/test.Echo/Say")).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["allow"]),
        (405, &"GET, POST".parse().expect("a header"))
    );
    for (method, path) in
        [("GET", "/test.Echo/Change"), ("GET", "/test.Echo/Stream"), ("HEAD", "/test.Echo/Stream")]
    {
        let answer = refused(request(method, path)).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["allow"]),
            (405, &"POST".parse().expect("a header"))
        );
    }
    for (method, content_type) in
        [("Say", "text/plain"), ("Say", "application/connect+json"), ("Stream", "application/json")]
    {
        let answer = refused(post(method, content_type, "")).await;
        assert_eq!(answer.status(), 415);
        let accepted = answer.headers()["accept-post"].to_str().expect("ASCII");
        let own = if method == "Say" { "application/json" } else { "application/connect+json" };
        assert!(accepted.contains(own) && !accepted.contains(content_type), "{accepted}");
    }
    for method in ["GET", "POST", "DELETE", "OPTIONS"] {
        assert_eq!(refused(request(method, "/favicon.ico")).await.status(), 404, "{method}");
    }
}

/// The service behind records each request, with what it was written in.
// shows MFN-AUDIT-017
#[tokio::test]
async fn what_is_refused_goes_by_the_protocol_that_it_was_meant_in() {
    let protocol = async |request: Request<Bytes>| {
        let (answer, asked) = call(config(), request, one("")).await;
        assert!(answer.status().is_client_error());
        Protocol::of(&asked.expect("it is asked").head.extensions)
    };
    assert_eq!(protocol(post("Stream", "application/json", "")).await, Protocol::Connect);
    assert_eq!(protocol(post("Say", "application/connect+proto", "")).await, Protocol::Connect);
    assert_eq!(protocol(request("GET", "/test.Echo/Stream")).await, Protocol::Connect);
    assert_eq!(protocol(request("GET", "/test.Echo/Say?encoding=xml")).await, Protocol::Connect);
    let mut old = post("Say", "application/grpc", "");
    *old.version_mut() = Version::HTTP_11;
    assert_eq!(protocol(old).await, Protocol::Grpc);
    assert_eq!(protocol(post("Say", "text/plain", "")).await, Protocol::Http);
    assert_eq!(protocol(request("GET", "/favicon.ico")).await, Protocol::Http);
    let mut of_others = post("Say", "application/grpc-web", "");
    of_others.headers_mut().insert("origin", "https://b.example".parse().expect("a header"));
    let guarded = Config { refuses_other_origins: true, ..config() };
    let (_, asked) = call(guarded, of_others, one("")).await;
    let asked = asked.expect("it is asked");
    assert_eq!(Protocol::of(&asked.head.extensions), Protocol::GrpcWeb);
}

#[tokio::test]
async fn who_calls_from_a_page_of_others_is_told_the_setting() {
    let mut of_others = post("Say", "application/json", "{}");
    of_others.headers_mut().insert("origin", "https://b.example".parse().expect("a header"));
    let guarded =
        Config { refuses_other_origins: true, origins_setting: "THE_SETTING", ..config() };
    let (answer, _) = call(guarded, of_others, one("")).await;
    assert!(text(answer).await.starts_with("set THE_SETTING to this page's origin"));
}

#[tokio::test]
async fn an_unknown_method_is_for_the_service_to_refuse() {
    for (content_type, status) in [("application/json", 404), ("application/connect+json", 200)] {
        let refusal = answer(&[("grpc-status", "12")], []);
        let (answer, asked) = call(config(), post("Nothing", content_type, "{}"), refusal).await;
        assert!(asked.is_some());
        assert_eq!(answer.status(), status);
        assert!(text(answer).await.contains(r#"{"code":"unimplemented"}"#));
    }
}

#[tokio::test]
async fn what_is_refused_says_what_the_service_says_of_the_request() {
    let (answer, asked) = call(config(), request("PUT", "/test.Echo/Say"), one("")).await;
    assert_eq!(answer.headers()["of-the-head"], "1");
    assert!(asked.is_some());
    assert!(text(answer).await.starts_with("call a method by POST"));
}

#[tokio::test]
async fn the_page_is_no_call() {
    let config = || Config { page: Some(Page { needs_key: false }), ..config() };
    let (answer, asked) = call(config(), request("GET", "/?seed=1"), one("")).await;
    assert_eq!(answer.status(), 200);
    assert!(asked.is_none());
    let whole = text(answer).await;
    let (answer, _) = call(config(), request("HEAD", "/"), one("")).await;
    assert_eq!(answer.headers()["content-length"], whole.len().to_string());
    assert_eq!(text(answer).await, "");
}

// shows MFN-WEB-022, MFN-WEB-023
#[tokio::test]
async fn a_page_of_an_allowed_origin_may_ask_and_read() {
    let config = || Config {
        origins: Origins::parse("https://a.example").expect("an origin"),
        refuses_other_origins: true,
        ..config()
    };
    let mut preflight = request("OPTIONS", "/test.Echo/Say");
    preflight.headers_mut().insert("origin", "https://a.example".parse().expect("a header"));
    preflight
        .headers_mut()
        .insert("access-control-request-method", "POST".parse().expect("a header"));
    let (answer, asked) = call(config(), preflight, one("")).await;
    assert_eq!(answer.status(), 204);
    assert!(asked.is_none());
    let with_origin = |origin: &str| {
        let mut request = post("Say", "application/json", "{}");
        request.headers_mut().insert("origin", origin.parse().expect("a header"));
        request
    };
    let (answer, _) = call(config(), with_origin("https://a.example"), one("")).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://a.example");
    let exposed = answer.headers()["access-control-expose-headers"].to_str().expect("ASCII");
    assert!(exposed.ends_with(", trailer-of-the-end"), "{exposed}");
    let (answer, _) = call(config(), with_origin("https://b.example"), one("")).await;
    assert_eq!(answer.status(), 403);
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}

// shows MFN-TRANS-038
#[tokio::test]
async fn a_request_that_is_not_clear_about_its_host_is_refused_and_the_last() {
    let unclear = Request::get("/").version(Version::HTTP_11).header("host", "localhost");
    let unclear = unclear.header("host", "evil.example").body(Bytes::new()).expect("a request");
    let answer = call(config(), unclear, one("")).await.0;
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.headers()["connection"], "close");
    assert!(text(answer).await.contains("one header host"));
}
