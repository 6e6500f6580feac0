//! `mfn call` where no server is needed: what is refused before it is sent.

use std::net::TcpListener;

use crate::errors::complaint;
use crate::{mfn, text};

fn refused(arguments: &[&str]) -> String {
    complaint(2, &[&["call"], arguments].concat())
}

#[test]
fn a_method_that_does_not_exist_is_refused_with_the_nearest() {
    insta::assert_snapshot!(refused(&["RunSimulations"]));
    insta::assert_snapshot!(refused(&["runSimulation"]));
    insta::assert_snapshot!(refused(&["mfn.MFNFeatureService/ExtractFeatures"]));
    insta::assert_snapshot!(refused(&["Check"]));
}

#[test]
fn what_is_no_parameter_of_the_method_is_refused_with_those_that_are() {
    insta::assert_snapshot!(refused(&["RunSimulation", "--epochs", "3"]));
    insta::assert_snapshot!(refused(&["RunSimulation", "--data", r#"{"epochs": 3}"#]));
    insta::assert_snapshot!(refused(&["RunSimulation", "--data", r#"{"seed": 2147483648}"#]));
    insta::assert_snapshot!(refused(&["RunSimulation", "--data", r#"{"seed": 1} {}"#]));
    insta::assert_snapshot!(refused(&["ValidatePattern", "--png", "field.png"]));
}

#[test]
fn a_server_that_cannot_be_called_is_refused() {
    let of = |arguments: &[&str]| refused(&[&["RunSimulation"], arguments].concat());
    insta::assert_snapshot!(of(&["--target", "localhost"]));
    insta::assert_snapshot!(of(&["--ca", "no-such-file.pem"]));
    insta::assert_snapshot!(of(&["--target", "localhost:1", "--ca", "Cargo.toml"]));
    insta::assert_snapshot!(of(&["--ca", "Cargo.toml"]));
    insta::assert_snapshot!(of(&["--client-cert", "a.pem"]));
    insta::assert_snapshot!(of(&["--timeout", "-1"]));
    insta::assert_snapshot!(of(&["--api-key-file", "no-such-file"]));
    // It is not repeated.
    let key = of(&["--api-key", "a secret"]);
    assert!(!key.contains("a secret"), "{key}");
}

#[test]
fn a_server_that_is_not_there_is_told_from_one_that_refuses() {
    // A port that nobody listens on any more.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let target = port.expect("a port").to_string();
    let arguments = ["call", "RunSimulation", "--target", &target, "--retries", "0"];
    let output = mfn(&arguments).output().expect("mfn starts");
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(text(output.stdout), "");
    insta::assert_snapshot!(text(output.stderr).replace(&target, "TARGET"));
}
