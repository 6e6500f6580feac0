//! What those who ask are answered.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::poll;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};
use tokio_util::task::TaskTracker;

use super::connection::{FIRST_HEAD_TIMEOUT, MAX_CONNECTIONS, serve_all};
use super::routes::MAX_TEXTS;
use super::*;
use crate::compute::{Compute, PoolSize};
use crate::connection::Handshakes;
use crate::memory::Budget;
use crate::metrics::{CountedCall, MethodTable, Metrics};
use crate::readiness::Readiness;
use crate::services::served;

fn routes() -> (Routes, Readiness, Arc<Metrics>) {
    let (readiness, state) = Readiness::new();
    let memory = Budget::new(1 << 20);
    let one = std::num::NonZero::<usize>::MIN;
    let size = PoolSize { workers: one, cores: one, queue_depth: 7 };
    let metrics = Arc::new(Metrics::new(MethodTable::of(&served(true)), Arc::default()));
    let sources = Sources {
        metrics: Arc::clone(&metrics),
        state,
        connections: TaskTracker::new(),
        max_connections: 12,
        handshakes: Handshakes::new(&crate::config::Config::default(), None),
        tls: None,
        compute: Compute::start(size, &memory).expect("threads"),
        memory,
        cache: None,
        audit: None,
        shared_limiter: None,
    };
    (Routes::new(Exposition::new(sources)), readiness, metrics)
}

async fn text(answer: Response<Full<bytes::Bytes>>) -> String {
    let body = answer.into_body().collect().await.expect("it cannot fail").to_bytes();
    String::from_utf8(body.to_vec()).expect("UTF-8")
}

fn get(path: &str) -> Request<()> {
    Request::get(path).body(()).expect("a request")
}

// shows MFN-METRIC-010
#[tokio::test]
async fn readiness_says_why_a_server_takes_no_calls() {
    let (routes, readiness, _) = routes();
    let mut told = Vec::new();
    let mut ask = async || {
        let answer = routes.answer(&get("/readyz")).await;
        told.push((answer.status().as_u16(), text(answer).await));
    };
    ask().await;
    readiness.begin();
    ask().await;
    readiness.audit_is_stalled(true);
    ask().await;
    readiness.audit_is_stalled(false);
    ask().await;
    readiness.end();
    ask().await;
    insta::assert_debug_snapshot!(told, @r#"
    [
        (
            503,
            "not ready: the server is starting\n",
        ),
        (
            200,
            "ready\n",
        ),
        (
            503,
            "not ready: the audit log takes nothing, so calls are refused\n",
        ),
        (
            200,
            "ready\n",
        ),
        (
            503,
            "not ready: the server is shutting down\n",
        ),
    ]
    "#);
    assert_eq!(routes.answer(&get("/livez")).await.status(), StatusCode::OK);
}

// shows MFN-METRIC-001
#[tokio::test]
async fn there_are_four_paths_which_are_only_read() {
    let (routes, ..) = routes();
    for path in ["/", "/metrics", "/livez"] {
        assert_eq!(routes.answer(&get(path)).await.status(), StatusCode::OK, "{path}");
        let post = Request::post(path).body(()).expect("a request");
        let refused = routes.answer(&post).await;
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(refused.headers()["allow"], "GET, HEAD");
    }
    for path in ["/metrics/", "/health", "/debug", "//"] {
        for method in [Method::GET, Method::POST] {
            let request = Request::builder().method(method).uri(path).body(()).expect("a request");
            assert_eq!(routes.answer(&request).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
    let index = text(routes.answer(&get("/")).await).await;
    assert!(["/metrics", "/livez", "/readyz"].iter().all(|path| index.contains(path)));
}

// shows MFN-METRIC-002, MFN-METRIC-004
#[tokio::test]
async fn metrics_are_told_in_both_formats() {
    let (routes, _, metrics) = routes();
    metrics.of_a_thread();
    let mut request = get("/metrics");
    let answer = routes.answer(&request).await;
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let prometheus = text(answer).await;
    // What comes from the machine is not the same on another.
    let (of_server, of_process) = prometheus.split_once("# HELP process_").expect("both");
    let build = of_server.lines().find(|line| line.starts_with("mfn_build_info{")).expect("it");
    insta::assert_snapshot!("metrics", of_server.replace(build, "mfn_build_info{...} 1"));
    assert!(build.contains("spec=\"1.1.0\"") && build.contains("rustc=\"1."), "{build}");
    for name in ["resident_memory_bytes", "open_fds", "max_fds", "start_time_seconds"] {
        assert!(of_process.contains(&format!("\nprocess_{name} ")), "{name}");
    }

    let open_metrics = HeaderValue::from_static("application/openmetrics-text");
    request.headers_mut().insert(http::header::ACCEPT, open_metrics);
    let answer = routes.answer(&request).await;
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(answer.headers()["content-type"], content_type);
    let open_metrics = text(answer).await;
    assert!(open_metrics.ends_with("# EOF\n"));
    assert!(open_metrics.contains("# TYPE grpc_server_started counter\n"));
    // The two write the bounds of buckets, as numbers, in ways of their own.
    let is_alike = |line: &&str| line.starts_with("grpc_server") && !line.contains("le=");
    let values = |text: &str| {
        text.lines().filter(is_alike).map(str::to_owned).collect::<std::collections::BTreeSet<_>>()
    };
    assert!(values(&open_metrics).len() > 200);
    assert_eq!(values(&open_metrics), values(&prometheus));
}

/// Connections to a listener whose clock is paused: as many as may be open, and silent.
async fn silent_connections() -> (SocketAddr, Vec<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (routes, ..) = routes();
    tokio::spawn(serve_all(listener, Arc::new(routes)));
    let mut silent = Vec::new();
    for _ in 0..MAX_CONNECTIONS {
        silent.push(TcpStream::connect(address).await.expect("it listens"));
    }
    (address, silent)
}

/// Asks over `stream`, and waits for the answer, which has a body of one line.
async fn is_alive(stream: &mut TcpStream) {
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("it reads");
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\nalive\n") {
        let length = stream.read_buf(&mut answer).await.expect("an answer");
        assert_ne!(length, 0, "{}", String::from_utf8_lossy(&answer));
    }
}

// shows MFN-METRIC-001
#[tokio::test(start_paused = true)]
async fn connections_that_say_nothing_do_not_hold_all_places_from_a_probe() {
    let (address, _silent) = silent_connections().await;
    let begun = Instant::now();
    let mut probe = TcpStream::connect(address).await.expect("it listens");
    is_alive(&mut probe).await;
    assert!(begun.elapsed() < 2 * FIRST_HEAD_TIMEOUT, "{:?}", begun.elapsed());
    // Who has asked may be idle for longer.
    sleep(2 * FIRST_HEAD_TIMEOUT).await;
    is_alive(&mut probe).await;
}

// shows MFN-METRIC-001
#[tokio::test]
async fn texts_that_are_not_read_are_few_and_hold_up_nothing_else() {
    let (routes, ..) = routes();
    let mut unread = Vec::new();
    for _ in 0..MAX_TEXTS {
        unread.push(routes.answer(&get("/metrics")).await);
    }
    let request = get("/metrics");
    let mut further = pin!(routes.answer(&request));
    assert!(poll!(&mut further).is_pending(), "it waits for one of them to be sent");
    assert_eq!(routes.answer(&get("/livez")).await.status(), StatusCode::OK);
    unread.pop();
    assert_eq!(further.await.status(), StatusCode::OK);
}

// shows MFN-METRIC-004
#[tokio::test]
async fn of_a_key_only_codes_are_told_that_it_had() {
    let (routes, _, metrics) = routes();
    let key = mfn_access::Key::anonymous(mfn_access::Limits::default());
    let call = CountedCall::start(&metrics.of_a_thread(), "/");
    call.ended(tonic::Code::NotFound, None, Some(key.id()), Duration::ZERO);
    let text = text(routes.answer(&get("/metrics")).await).await;
    let told: Vec<_> = text.lines().filter(|l| l.starts_with("mfn_key_calls_total")).collect();
    let id = key.id();
    let expected = format!("mfn_key_calls_total{{key_id=\"{id}\",grpc_code=\"NotFound\"}} 1");
    assert_eq!(told, [expected]);
}
