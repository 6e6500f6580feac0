//! Metrics and readiness, as Prometheus and Kubernetes ask for them.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::time::Duration;

use futures_util::future::join_all;
use http::Method;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::admin::{Admin, Metrics, sum};
use crate::audit::{KEY, calls_of, counts, lines, log};
use crate::caller::{
    RUN, STREAM, call, encoded, endless, head, is_served, open_stream, raw, small,
};
use crate::serving::{Serving, mfn};
use crate::signed::{set, signed};
use crate::soon;
use crate::tls::Files;

fn start(admin: &Admin, flags: &[&str]) -> Serving {
    let mut command = mfn(&["serve", "--port", "0", "--host", "127.0.0.1"]);
    command.args(admin.flags()).args(flags).env("MFN_API_KEYS", KEY);
    Serving::start_command(&mut command)
}

/// A counter or gauge of the simulation's methods.
fn of_method(metrics: &Metrics, name: &str, method: &str) -> u64 {
    sum(metrics, &[&format!("{name}{{"), &format!("grpc_method=\"{method}\"")])
}

// shows MFN-METRIC-003, MFN-METRIC-005, MFN-METRIC-006
#[tokio::test]
async fn of_calls_of_every_kind_the_audit_has_as_many_lines_as_metrics_count() {
    const EACH: usize = 20;
    let (log, admin) = (log("metrics.jsonl"), Admin::new());
    let log_path = log.to_str().expect("UTF-8");
    let server = start(&admin, &["--audit-log", log_path, "--rate-limit-rps", "0"]);
    let requests = raw(&server).await;
    for _ in 0..EACH {
        let out_of_range = mfn_proto::SimulationRequest { grid_size: 3, ..small() };
        let stream = mfn_proto::SimulationStreamRequest { grid_size: 4, ..Default::default() };
        let mut late = signed(KEY, RUN);
        set(&mut late, "grpc-timeout", "1n");
        let mut get = signed(KEY, RUN);
        *get.method_mut() = Method::GET;
        let made_up = signed(KEY, "/made.up.by.a.Client/Method");
        let calls = [
            (signed(KEY, RUN), encoded(&small())),
            (signed(KEY, STREAM), encoded(&stream)),
            (signed(KEY, RUN), encoded(&out_of_range)),
            (signed(KEY, RUN), vec![0, 0, 0, 0, 1, 255]),
            (signed(KEY, RUN), Vec::new()),
            (head(RUN), encoded(&small())),
            (made_up, Vec::new()),
            (late, encoded(&endless())),
            (get, Vec::new()),
            (head("/grpc.health.v1.Health/Check"), vec![0; 5]),
        ];
        let calls = calls.map(|(head, body)| call(&requests, head, body));
        soon("the end of all", join_all(calls)).await;
    }
    drop(open_stream(&requests, signed(KEY, STREAM)).await);
    let metrics = admin.metrics_when(|metrics| sum(metrics, &["mfn_streams"]) == 0).await;
    let all_lines = async {
        loop {
            let audit = lines(&log);
            if audit.iter().map(calls_of).sum::<usize>() > 9 * EACH {
                return audit;
            }
            sleep(Duration::from_millis(10)).await;
        }
    };
    let audit = soon("a line of each call", all_lines).await;

    let each = EACH as u64;
    let health = of_method(&metrics, "grpc_server_handled_total", "Check");
    assert_eq!(health, each);
    for total in ["grpc_server_handled_total{", "grpc_server_handling_seconds_count{"] {
        assert_eq!(sum(&metrics, &[total]), 9 * each + 1 + health, "{total}");
    }
    let ok = ["grpc_server_handled_total{", "grpc_code=\"OK\""];
    assert_eq!(sum(&metrics, &ok), 2 * each + health);
    let cancelled = ["grpc_server_handled_total{", "grpc_code=\"Canceled\""];
    assert_eq!(sum(&metrics, &cancelled), 1);
    // By the same reasons, as often.
    let by_reason: BTreeMap<_, _> = counts(&audit)
        .into_iter()
        .filter(|(reason, _)| !["OK", "CANCELLED"].contains(&&**reason))
        .collect();
    assert_eq!(by_reason.len(), 7, "{by_reason:?}");
    for (reason, calls) in &by_reason {
        let series = format!("mfn_refused_total{{reason=\"{reason}\"}}");
        assert_eq!(metrics[&series], *calls as u64, "{series}");
    }
    assert_eq!(sum(&metrics, &["mfn_refused_total{"]), 7 * each);
    // Of the key's calls, as of its lines.
    let of_key = audit.iter().filter(|line| line["key_id"].is_string()).count();
    assert_eq!(sum(&metrics, &["mfn_key_calls_total{"]), of_key as u64);
    assert!(of_key > 0);

    // One message each came whole, but for those without any; and each stream of the
    // default's ten frames was sent.
    assert_eq!(of_method(&metrics, "grpc_server_msg_sent_total", "RunSimulation"), each);
    assert!(of_method(&metrics, "grpc_server_msg_sent_total", "StreamSimulation") > each);
    let received = of_method(&metrics, "grpc_server_msg_received_total", "StreamSimulation");
    assert_eq!(received, each + 1);
    let started = sum(&metrics, &["grpc_server_started_total{"]);
    assert_eq!(started, sum(&metrics, &["grpc_server_handled_total{"]));
    // Nothing that a client has made up, and no key.
    let (_, text) = admin.get("/metrics").await;
    assert!(!text.contains("made.up") && !text.contains(KEY));
    let other = "grpc_server_started_total{grpc_type=\"other\",grpc_service=\"other\",\
        grpc_method=\"other\"}";
    assert_eq!(metrics[other], each);
}

// shows MFN-METRIC-005, MFN-METRIC-008
#[tokio::test]
async fn an_open_call_has_started_and_is_handled_when_it_has_ended() {
    let admin = Admin::new();
    let server = start(&admin, &["--audit-log", "off"]);
    let requests = raw(&server).await;
    let open = open_stream(&requests, signed(KEY, STREAM)).await;
    let is_under_way = |metrics: &Metrics| {
        of_method(metrics, "grpc_server_msg_sent_total", "StreamSimulation") > 1
    };
    let metrics = admin.metrics_when(is_under_way).await;
    let started =
        |metrics: &Metrics| of_method(metrics, "grpc_server_started_total", "StreamSimulation");
    let handled = |metrics: &Metrics| sum(metrics, &["grpc_server_handled_total{"]);
    assert_eq!((started(&metrics), handled(&metrics)), (1, 0));
    assert_eq!((metrics["mfn_streams"], metrics["mfn_connections"]), (1, 1));
    assert_eq!(metrics["mfn_connections_accepted_total"], 1);
    assert!(metrics["mfn_memory_budget_bytes"] > 64 * 1024);
    assert_eq!(metrics["mfn_memory_budget_limit_bytes"], 384 * 1024 * 1024);
    assert_eq!(metrics["mfn_compute_queue_limit"], 1024);
    drop((open, requests));
    // Streams end in tasks of their own, which may be after their connection.
    let is_over = |metrics: &Metrics| metrics["mfn_connections"] + metrics["mfn_streams"] == 0;
    let metrics = admin.metrics_when(is_over).await;
    assert_eq!(handled(&metrics), 1);
}

// shows MFN-METRIC-009, MFN-METRIC-010
#[tokio::test]
async fn a_server_that_ends_is_alive_and_not_ready_until_its_calls_have_ended() {
    let admin = Admin::new();
    let mut server = start(&admin, &["--audit-log", "off", "--shutdown-grace-ms", "3600000"]);
    let requests = raw(&server).await;
    let open = open_stream(&requests, signed(KEY, STREAM)).await;
    assert_eq!(admin.get("/readyz").await, (200, "ready\n".to_owned()));
    server.signal("TERM");
    let metrics = admin.metrics_when(|metrics| metrics["mfn_ready"] == 0).await;
    assert_eq!(metrics["mfn_streams"], 1);
    let not_ready = (503, "not ready: the server is shutting down\n".to_owned());
    assert_eq!(admin.get("/readyz").await, not_ready);
    assert_eq!(admin.get("/livez").await, (200, "alive\n".to_owned()));
    drop((open, requests));
    assert_eq!(server.ended().await.0, Some(0));
}

// shows MFN-METRIC-001
#[tokio::test]
async fn a_head_that_is_too_long_is_refused_and_what_follows_is_answered() {
    let admin = Admin::new();
    let _server = start(&admin, &["--audit-log", "off"]);
    let long = format!("GET /livez HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(20_000));
    assert_eq!(admin.ask(&long).await.0, 431);
    let head = "HEAD /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let (status, head, body) = admin.ask(head).await;
    assert_eq!((status, body.as_str()), (200, ""));
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    assert_eq!(admin.get("/livez").await.0, 200);
}

// shows MFN-METRIC-001
#[tokio::test]
async fn a_server_that_was_told_a_port_that_is_taken_does_not_start() {
    let admin = Admin::new();
    let _holds_it = TcpListener::bind(admin.0).expect("nobody else has it");
    let output = mfn(&["serve", "--port", "0"]).args(admin.flags()).output().expect("mfn starts");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    let said = said.replace(&admin.0.to_string(), "ADDRESS");
    insta::assert_snapshot!(said, @"error: cannot listen on ADDRESS for those who ask for metrics: Address already in use (os error 98); choose another --admin-port (MFN_GRPC_ADMIN_PORT), any for a free one, or 0 for none");
}

// shows MFN-METRIC-001
#[tokio::test]
async fn a_server_that_was_told_no_port_goes_on_without_one_that_is_taken() {
    let holds_it = TcpListener::bind("127.0.0.1:9464");
    let mut command = mfn(&["serve", "--port", "0", "--audit-log", "off"]);
    let mut server = Serving::start_command(command.env_remove("MFN_GRPC_ADMIN_PORT"));
    // Another program that has the port may have ended before the server asked for it.
    if holds_it.is_ok() {
        server.logged("there are no metrics");
        assert!(server.last_line().contains("address=127.0.0.1:9464"), "{}", server.last_line());
    }
    is_served(&server).await;
}

// shows MFN-METRIC-001
#[tokio::test]
async fn a_free_port_is_picked_and_logged() {
    let server = |flag| Serving::start(&["--admin-host", "127.0.0.1", "--admin-port", flag]);
    let mut both = [server("any"), server(" any ")];
    for server in &mut both {
        server.logged("metrics and readiness are told at this address");
        let line = server.last_line();
        let address = line.trim_end().rsplit_once("address=").map(|(_, address)| address.parse());
        let admin = Admin(address.expect("an address").expect("with a port"));
        assert_eq!(admin.get("/livez").await.0, 200);
    }
}

// shows MFN-METRIC-001
#[tokio::test]
async fn with_port_0_nothing_is_told() {
    let mut server = Serving::start(&["--admin-port", "0"]);
    is_served(&server).await;
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    let log = server.all_that_was_logged();
    assert!(!log.contains("metrics"), "{log}");
}

// shows MFN-METRIC-008
#[tokio::test]
async fn a_handshake_that_fails_is_counted_and_the_end_of_the_certificate_is_told() {
    let (files, admin) = (Files::new("metrics"), Admin::new());
    let server = start(&admin, &[&["--audit-log", "off"], &files.flags()[..]].concat());
    let mut plaintext = TcpStream::connect(server.address).await.expect("it listens");
    plaintext.write_all(b"GET / HTTP/1.1\r\n\r\n").await.expect("it reads");
    let failed = "mfn_tls_handshake_failures_total{reason=\"not_tls\"}";
    let metrics = admin.metrics_when(|metrics| metrics[failed] > 0).await;
    assert_eq!(sum(&metrics, &["mfn_tls_handshake_failures_total{"]), 1);
    let expiry = metrics["mfn_certificate_expiry_timestamp_seconds"];
    assert!(expiry > 2_000_000_000, "{expiry}");
}
