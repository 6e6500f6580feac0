//! Load on servers that answer, refuse, break off, and are
//! silent.
#![forbid(unsafe_code)]

#[path = "../benches/load_capacity/constant_server.rs"]
mod constant_server;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use clap::Parser;
use conformance_load::Failure;
use conformance_load::{Ending, Load, Report};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

use constant_server::Answer;

#[derive(Debug, Parser)]
struct Cli {
    #[command(flatten)]
    load: Load,
}

/// A load of few streams, with `more` options.
fn measure(server: SocketAddr, more: &[&str]) -> Result<Report, Failure> {
    let target = format!("http://{server}");
    let few = ["load", "--target", &target, "-c", "2", "-m", "3", "--threads", "2"];
    let cli = Cli::try_parse_from(few.iter().chain(more)).expect("good options");
    cli.load.measure()
}

#[test]
fn a_closed_loop_makes_just_so_many_calls() {
    let server = constant_server::start(Answer::Messages(3, 7), None);
    let report = measure(server, &["--calls", "300", "--seed", "new"]).expect("it answers");
    assert_eq!((report.calls, report.ok, report.errors), (300, 300, 0));
    assert_eq!((report.messages, report.received_bytes), (900, 300 * 3 * 12));
    assert_eq!((report.ending, report.cut_off, report.reconnects), (Ending::Complete, 0, 0));
    assert_eq!(report.latency.measured.count, 300);
    assert!(report.latency.corrected.count >= 300);
    assert!(report.latency.expected_interval_us.is_some());
    assert_eq!(report.histogram.iter().map(|bar| bar.calls).sum::<u64>(), 300);
}

#[test]
fn an_open_loop_makes_them_at_its_own_pace() {
    let server = constant_server::start(Answer::Messages(1, 0), None);
    let report = measure(server, &["--calls", "200", "--rate", "2000"]).expect("it answers");
    assert_eq!((report.calls, report.ok, report.not_started), (200, 200, 0));
    // The last one is due after 199 intervals, however fast the server is.
    assert!(report.elapsed_seconds >= 199.0 / 2000.0, "{}", report.elapsed_seconds);
    let (measured, corrected) = (report.latency.measured, report.latency.corrected);
    assert_eq!((measured.count, corrected.count), (200, 200));
    assert!(corrected.mean_us >= measured.mean_us, "a call starts when it is due, or later");
}

#[test]
fn a_duration_ends_and_its_warm_up_is_left_out() {
    let server = constant_server::start(Answer::Messages(1, 0), None);
    let times = ["--duration", "300ms", "--warm-up", "30ms", "--ramp", "20ms"];
    for rate in [&[][..], &["--rate", "1000"]] {
        let report = measure(server, &[&times, rate].concat()).expect("it answers");
        assert_eq!(report.ending, Ending::Complete);
        assert!(report.ok > 0 && report.errors == 0, "{report}");
    }
    let report = measure(server, &[&times[..], &["--rate", "1000"]].concat()).expect("it answers");
    assert!(report.calls <= 301, "only those that are due in the duration: {report}");
}

#[test]
fn refusals_are_counted_by_their_codes() {
    let server = constant_server::start(Answer::Code(8), None);
    let report = measure(server, &["--calls", "100"]).expect("it answers");
    assert_eq!((report.calls, report.ok, report.errors), (100, 0, 100));
    assert_eq!(report.codes["RESOURCE_EXHAUSTED"], 100);
    assert_eq!(report.latency.measured.count, 0, "a refusal is no answer to time");
    assert!(matches!(report.judge(None), Err(Failure::Work(_))));
}

#[test]
fn refusals_are_told_by_their_reason() {
    // A `google.rpc.Status` with an `ErrorInfo` whose reason is RATE_LIMIT_RPS.
    const DETAILS: &str =
        "GjwKKHR5cGUuZ29vZ2xlYXBpcy5jb20vZ29vZ2xlLnJwYy5FcnJvckluZm8SEAoOUkFURV9MSU1JVF9SUFM";
    let server = constant_server::start(Answer::Refused(DETAILS), None);
    let report = measure(server, &["--calls", "100"]).expect("it answers");
    let refused = report.refusals.first().expect("it is refused");
    assert_eq!((refused.code, refused.calls), ("RESOURCE_EXHAUSTED", 100));
    assert_eq!(refused.reason.as_deref(), Some("RATE_LIMIT_RPS"));
}

#[test]
fn a_load_whose_first_call_is_refused_for_good_is_not_begun() {
    for (code, name) in [(3, "INVALID_ARGUMENT"), (7, "PERMISSION_DENIED"), (16, "UNAUTHENTICATED")]
    {
        let server = constant_server::start(Answer::Code(code), None);
        let failure = measure(server, &["--calls", "10"]).expect_err("it is refused");
        let told = format!("the first call to http://{server} was refused with {name}");
        assert_eq!(failure, Failure::CouldNotRun(told));
    }
}

#[test]
fn a_reset_as_first_answer_is_an_error() {
    let server = constant_server::start(Answer::Reset, None);
    let failure = measure(server, &["--calls", "10"]).expect_err("nothing is answered");
    assert!(failure.to_string().contains("REFUSED_STREAM"), "{failure}");
}

#[test]
fn a_lost_connection_is_made_again() {
    let server = constant_server::start(Answer::ClosesAfter(20), None);
    let report = measure(server, &["--calls", "300"]).expect("the first call is answered");
    assert_eq!((report.calls, report.ending), (300, Ending::Complete));
    assert!(report.reconnects >= 10, "{report}");
    let lost = report.faults.get("connection").copied().unwrap_or_default();
    assert_eq!(report.ok + lost, 300, "{report}");
}

#[test]
fn tls_is_spoken_with_a_server_that_the_authority_vouches_for() {
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(pair.signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("it has them")
        .with_no_client_auth()
        .with_single_cert(vec![pair.cert.der().clone()], key)
        .expect("they belong together");
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let server = constant_server::start(Answer::Messages(1, 0), Some(Arc::new(tls)));
    let target = format!("https://localhost:{}", server.port());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let load = |ca: &str, pem: String| {
        let ca = folder.join(ca);
        std::fs::write(&ca, pem).expect("a file");
        let ca = ca.display().to_string();
        let options = ["load", "--target", &target, "--ca", &ca, "-n", "50", "-c", "2"];
        Cli::try_parse_from(options).expect("good options").load.measure()
    };
    assert_eq!(load("load-ca.pem", pair.cert.pem()).expect("it is trusted").ok, 50);
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("another");
    let failure = load("load-other.pem", other.cert.pem()).expect_err("it is not trusted");
    assert!(failure.to_string().contains("the TLS handshake failed"), "{failure}");
}

#[test]
fn a_port_that_nobody_listens_on_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let server = listener.local_addr().expect("it has an address");
    drop(listener);
    let failure = measure(server, &["--calls", "10"]).expect_err("nobody listens");
    assert!(failure.to_string().contains("cannot connect to http://"), "{failure}");
    assert_eq!(failure.exit_code(), 2);
}

#[test]
fn a_server_that_never_answers_is_an_error() {
    // It accepts, and says nothing at all.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    // It speaks HTTP/2, and does not answer.
    let mute = constant_server::start(Answer::Silence, None);
    for server in [silent.local_addr().expect("it has an address"), mute] {
        let failure = measure(server, &["--timeout", "100ms"]).expect_err("no answer");
        assert!(failure.to_string().contains("within 100ms"), "{failure}");
    }
}

#[test]
fn a_server_that_stops_answering_ends_the_load() {
    let server = constant_server::start(Answer::SilentAfter(20), None);
    for rate in [&[][..], &["--rate", "1000"]] {
        let endless = ["--timeout", "300ms", "--calls", "1000000"];
        let report = measure(server, &[&endless, rate].concat()).expect("the first is answered");
        assert_eq!(report.ending, Ending::Unanswered);
        assert!((1..=40).contains(&report.ok), "{report}");
        assert!(report.faults["timeout"] >= 6, "{report}");
        assert!(report.judge(None).is_err());
    }
}
