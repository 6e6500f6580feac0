//! `mfn health`, as what starts a server asks it.

use std::net::SocketAddr;
use std::process::Output;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response};
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use tonic_health::pb::HealthCheckResponse;
use tonic_health::pb::health_check_response::ServingStatus;

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

    // Its certificate is not for the address.
    let (code, said) = asked(&["--tls-enabled", "--ca", &ca]);
    assert_eq!(code, Some(3), "{said}");
    // Of an authority that is not its own.
    let other = Files::new("health-command-other").path("ca.pem");
    let (code, said) = asked(&["--tls-enabled", "--ca", &other, server_name[0], server_name[1]]);
    assert_eq!(code, Some(3), "{said}");
    // In plaintext.
    let (code, said) = asked(&[]);
    assert_eq!(code, Some(4), "{said}");
}

#[test]
fn a_question_that_cannot_be_asked_is_refused() {
    let refused = |flags: &[&str]| {
        let (code, said) = health(flags, &[]);
        assert_eq!(code, Some(2), "{said}");
        said
    };
    insta::assert_snapshot!(refused(&["--target", "localhost"]), @"error: invalid value 'localhost' for '--target <ADDRESS:PORT>': invalid socket address syntax");
    insta::assert_snapshot!(refused(&["--target", "10.0.0.7:1", "--tls-enabled"]), @"error: 10.0.0.7:1 is another machine, so --ca must name the authority of its certificate");
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
