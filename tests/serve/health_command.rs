//! `mfn health`, as what starts a server asks it.

use std::net::SocketAddr;
use std::process::Output;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response};
use rcgen::{BasicConstraints, IsCa};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use tonic_health::pb::HealthCheckResponse;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::by_hand::{
    ACK, DATA, END_HEADERS, END_STREAM, Frame, GOAWAY, HEADERS, PREFACE, SETTINGS, frame, literal,
};
use crate::caller::encoded;
use crate::serving::{Serving, mfn};
use crate::tls::Files;

/// The exit code, and what is said, by a server that has as long as this machine needs.
fn health(flags: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut command = mfn(&[&["health", "--timeout-ms", "60000"], flags].concat());
    told(command.envs(variables.iter().copied()).output().expect("mfn starts"))
}

fn told(Output { status, stdout, stderr }: Output) -> (Option<i32>, String) {
    let said = String::from_utf8([stdout, stderr].concat()).expect("UTF-8");
    (status.code(), said.trim_end().to_owned())
}

#[test]
fn a_server_that_serves_is_healthy() {
    let server = Serving::start(&[]);
    let target = server.address.to_string();
    let serving = (Some(0), "SERVING".to_owned());
    assert_eq!(health(&["--target", &target], &[]), serving);
    let service = ["--target", &target, "--service", "mfn.MFNSimulationService"];
    assert_eq!(health(&service, &[]), serving);

    // As in its own container, which has its variables.
    let port = server.address.port().to_string();
    for host in ["127.0.0.1", "0.0.0.0", ""] {
        let variables = [("MFN_GRPC_HOST", host), ("MFN_GRPC_PORT", &port)];
        assert_eq!(health(&[], &variables), serving, "{host}");
    }

    let (code, said) = health(&["--target", &target, "--service", "mfn.Nothing"], &[]);
    assert_eq!(code, Some(4));
    insta::assert_snapshot!(said.replace(&target, "TARGET"), @"error: the health of TARGET is not known: it has no such service");
}

#[test]
fn a_server_is_asked_by_its_name_and_by_a_url() {
    let server = Serving::start(&[]);
    let port = server.address.port();
    for target in [format!("localhost:{port}"), format!("http://localhost:{port}")] {
        assert_eq!(health(&["--target", &target], &[]), (Some(0), "SERVING".to_owned()));
    }
}

#[test]
fn a_server_with_keys_is_asked_without_one() {
    let server = Serving::start_with_keys("a-key", &[]);
    assert_eq!(health(&["--target", &server.address.to_string()], &[]).0, Some(0));
}

#[tokio::test]
async fn a_server_that_does_not_serve_is_told_from_one_that_is_not_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let target = listener.local_addr().expect("an address");
    let server = tokio::spawn(answer(listener, ServingStatus::NotServing));
    let (code, said) = ask(target).await;
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(said.replace(&target.to_string(), "TARGET"), @"error: the server at TARGET is NOT_SERVING");

    server.abort();
    server.await.expect_err("it was aborted");
    let (code, said) = ask(target).await;
    assert_eq!(code, Some(3));
    assert!(said.contains("cannot be connected to"), "{said}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let target = silent.local_addr().expect("an address");
    let asked = spawn_blocking(move || {
        let command = ["health", "--timeout-ms", "200", "--target", &target.to_string()];
        told(mfn(&command).output().expect("mfn starts"))
    });
    let (code, said) = asked.await.expect("it does not panic");
    assert_eq!(code, Some(4));
    insta::assert_snapshot!(said.replace(&target.to_string(), "TARGET"), @"error: the health of TARGET is not known: it has not answered within 200 ms");
}

#[test]
fn a_server_with_tls_is_asked_by_its_own_machine_whatever_its_name() {
    let files = Files::new("health-command");
    let server = Serving::start(&files.flags());
    let target = server.address.to_string();
    let (ca, server_name) = (files.path("ca.pem"), ["--server-name", "localhost"]);
    let asked = |flags: &[&str]| health(&[&["--target", &target], flags].concat(), &[]);
    let by_variable = health(&["--target", &target], &[("MFN_GRPC_TLS_ENABLED", "true")]);
    assert_eq!(by_variable, (Some(0), "SERVING".to_owned()));
    assert_eq!(asked(&["--tls-enabled", "--ca", &ca, server_name[0], server_name[1]]).0, Some(0));

    // An authority implies TLS, and the name is that of the target.
    let by_name = format!("https://localhost:{}", server.address.port());
    assert_eq!(health(&["--target", &by_name, "--ca", &ca], &[]).0, Some(0));
    assert_eq!(health(&["--target", &by_name], &[]).0, Some(0));

    // Its certificate is not for the address.
    let (code, said) = asked(&["--ca", &ca]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("is not for the name 127.0.0.1. Call the server by a name"), "{said}");
    // In plaintext.
    let (code, said) = asked(&[]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.ends_with("; if it speaks TLS, ask it by https://"), "{said}");
}

#[test]
fn why_tls_fails_is_said_in_a_sentence() {
    let files = Files::new("health-command-why");
    let server = Serving::start(&files.flags());
    let other = Files::new("health-command-why-other");
    let (certificate, key) =
        other.issue_with(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    other.write("server.pem", certificate.pem());
    other.write("server.key", key.serialize_pem());
    let of_authority = Serving::start(&other.flags());
    let plain = Serving::start(&[]);
    let said = |server: &Serving| {
        let target = format!("localhost:{}", server.address.port());
        let (code, said) = health(&["--target", &target, "--ca", &other.path("ca.pem")], &[]);
        assert_eq!(code, Some(3), "{said}");
        said.replace(&target, "TARGET")
    };
    // All authorities of these tests have one name.
    insta::assert_snapshot!(said(&server), @"error: the health of TARGET is not known: TLS fails: the server's certificate is of another authority, which has the same name. Name the certificate of its authority by --ca.");
    insta::assert_snapshot!(said(&of_authority), @"error: the health of TARGET is not known: TLS fails: the server's certificate is that of an authority. Give the server one that says CA:FALSE, which may sign itself.");
    insta::assert_snapshot!(said(&plain), @"error: the health of TARGET is not known: TLS fails: the server closes the connection, so it may speak no TLS. Check that --target names it; without TLS it is called by http://, without --ca.");
}

#[test]
fn a_server_that_asks_for_certificates_is_shown_one() {
    let files = Files::new("health-command-clients");
    let server = Serving::start(&files.flags_for_client_certificates());
    let port = server.address.port().to_string();
    let (cert, key) = (files.path("server.pem"), files.path("server.key"));
    let serving = (Some(0), "SERVING".to_owned());
    let target = format!("https://localhost:{port}");
    let shown = ["--target", &target, "--client-cert", &cert, "--client-key", &key];
    assert_eq!(health(&shown, &[]), serving);
    // As in its own container.
    let variables = [("MFN_GRPC_TLS_ENABLED", "true"), ("MFN_GRPC_PORT", &port)];
    let its_own = [("MFN_HEALTH_CLIENT_CERT_PATH", &*cert), ("MFN_HEALTH_CLIENT_KEY_PATH", &key)];
    assert_eq!(health(&[], &[&variables[..], &its_own].concat()), serving);

    let (code, said) = health(&[], &variables);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("--client-cert and --client-key"), "{said}");
}

#[tokio::test]
async fn an_answer_that_comes_together_with_the_end_of_the_connection_counts() {
    for goes_away in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let target = listener.local_addr().expect("an address");
        let server = tokio::spawn(answer_and_end(listener, goes_away));
        assert_eq!(ask(target).await, (Some(0), "SERVING".to_owned()), "GOAWAY: {goes_away}");
        server.await.expect("it does not panic");
    }
}

#[tokio::test]
async fn what_speaks_no_grpc_is_said_to_close_the_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let target = listener.local_addr().expect("an address");
    let server = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.expect("a connection");
        tcp.read_exact(&mut [0; PREFACE.len()]).await.expect("a preface");
        // What has come and was not read would reset the connection.
        tcp.shutdown().await.expect("it is open");
        tokio::io::copy(&mut tcp, &mut tokio::io::sink()).await.expect("the client's end");
    });
    let (code, said) = ask(target).await;
    assert_eq!(code, Some(4));
    insta::assert_snapshot!(said.replace(&target.to_string(), "TARGET"), @"error: the health of TARGET is not known: it closes the connection without an answer, so it may speak no gRPC; if it speaks TLS, ask it by https://");
    server.await.expect("it does not panic");
}

#[test]
fn a_question_that_cannot_be_asked_is_refused() {
    let refused = |flags: &[&str]| {
        let (code, said) = health(flags, &[]);
        assert_eq!(code, Some(2), "{said}");
        said
    };
    insta::assert_snapshot!(refused(&["--target", "localhost"]), @"error: invalid value 'localhost' for '--target <URL>': HOST:PORT, http://HOST:PORT or https://HOST:PORT is expected");
    insta::assert_snapshot!(refused(&["--target", "10.0.0.7:1", "--tls-enabled"]), @"error: 10.0.0.7:1 is no loopback address, so --ca must name the authority of its certificate");
    insta::assert_snapshot!(refused(&["--target", "http://10.0.0.7:1", "--ca", "a.pem"]), @"error: http://10.0.0.7:1 has no TLS, so that --ca has no use: write https://10.0.0.7:1");
    insta::assert_snapshot!(refused(&["--target", "10.0.0.7:1", "--port", "1"]), @"error: --port has no use beside --target, which names both");
    insta::assert_snapshot!(refused(&["--tls-enabled", "--client-cert", "Cargo.toml", "--client-key", "Cargo.toml"]), @"error: --client-cert Cargo.toml: it has no certificate in PEM");
    insta::assert_snapshot!(refused(&["--tls-enabled", "--ca", "no-such-file.pem"]), @"error: --ca no-such-file.pem: No such file or directory (os error 2)");
    insta::assert_snapshot!(refused(&["--tls-enabled", "--ca", "Cargo.toml"]), @"error: --ca Cargo.toml: it has no certificate in PEM");
}

/// Answers every call with this status.
async fn answer(listener: TcpListener, status: ServingStatus) {
    let message = Bytes::from(encoded(&HealthCheckResponse { status: status.into() }));
    loop {
        let (tcp, _) = listener.accept().await.expect("a connection");
        let mut connection = h2::server::handshake(tcp).await.expect("HTTP/2");
        while let Some(Ok((_, mut call))) = connection.accept().await {
            let mut body = call.send_response(Response::new(()), false).expect("a head");
            body.send_data(message.clone(), false).expect("a message");
            let trailers = [("grpc-status", "0")].map(|(name, value)| {
                (name.parse().expect("a name"), HeaderValue::from_static(value))
            });
            body.send_trailers(HeaderMap::from_iter(trailers)).expect("trailers");
        }
    }
}

/// From another thread, since the server is one of this process.
async fn ask(target: SocketAddr) -> (Option<i32>, String) {
    let target = target.to_string();
    let asked = spawn_blocking(move || health(&["--target", &target], &[]));
    asked.await.expect("it does not panic")
}

/// Answers one call, and ends the connection, all by one write.
async fn answer_and_end(listener: TcpListener, goes_away: bool) {
    let (mut tcp, _) = listener.accept().await.expect("a connection");
    tcp.read_exact(&mut [0; PREFACE.len()]).await.expect("a preface");
    while !Frame::read(&mut tcp).await.expect("a frame").is_last() {}
    let mut head = vec![0x88];
    literal(&mut head, "content-type", "application/grpc");
    let mut trailers = Vec::new();
    literal(&mut trailers, "grpc-status", "0");
    let serving = HealthCheckResponse { status: ServingStatus::Serving.into() };
    let mut frames = [
        frame(SETTINGS, 0, 0, &[]),
        frame(SETTINGS, ACK, 0, &[]),
        frame(HEADERS, END_HEADERS, 1, &head),
        frame(DATA, 0, 1, &encoded(&serving)),
        frame(HEADERS, END_HEADERS | END_STREAM, 1, &trailers),
    ]
    .concat();
    if goes_away {
        // The last stream that was answered, and no error.
        frames.extend(frame(GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0]));
    }
    tcp.write_all(&frames).await.expect("the client reads");
}
