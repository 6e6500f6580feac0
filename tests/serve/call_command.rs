//! `mfn call`, as a person calls a server.

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::serving::{Serving, mfn};
use crate::tls::Files;

/// The exit code, standard output and standard error of a call, by a client that has as
/// long as this machine needs.
fn call(target: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let command = [&["call"], arguments, &["--timeout", "120", "--target", target]].concat();
    let Output { status, stdout, stderr } = mfn(&command).output().expect("mfn starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    // The port differs from run to run.
    (status.code(), text(stdout).replace(target, "TARGET"), text(stderr).replace(target, "TARGET"))
}

fn answer(server: &Serving, arguments: &[&str]) -> String {
    let (code, stdout, stderr) = call(&server.address.to_string(), arguments);
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    stdout
}

fn local(arguments: &[&str]) -> Value {
    let output = mfn(arguments).output().expect("mfn starts");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn a_unary_answer_is_a_report() {
    let server = Serving::start(&[]);
    insta::assert_snapshot!(answer(&server, &["RunSimulation", "--seed", "42"]));
    insta::assert_snapshot!(answer(
        &server,
        &["mfn.MFNFeaturesService/ExtractFeatures", "--seed", "42"]
    ));
    insta::assert_snapshot!(answer(
        &server,
        &["ValidatePattern", "--grid-size", "16", "--steps", "8"]
    ));
}

#[test]
fn an_answer_in_json_is_that_of_the_computation_without_a_server() {
    let server = Serving::start(&[]);
    let flags =
        ["--seed", "7", "--grid-size", "16", "--turing-enabled", "--spike-probability", "0"];
    let computed = local(&[&["simulate", "--json"], &flags[..]].concat());
    let by_flags = answer(&server, &[&["RunSimulation", "--json"], &flags[..]].concat());
    let data = r#"{"seed": 1, "gridSize": 16, "turing_enabled": true, "spikeProbability": 0}"#;
    // A flag is set on top.
    let by_data = answer(&server, &["RunSimulation", "--json", "--data", data, "--seed", "7"]);
    assert_eq!(by_flags, by_data);
    assert_eq!(by_flags.lines().count(), 1);
    let called: Value = serde_json::from_str(&by_flags).expect("JSON");
    // The same fields, with the same numbers.
    assert_eq!(called["request"], computed["request"]);
    assert_eq!(called["result"], computed["result"]);
    assert_eq!(called["call"]["meta"]["meta"]["status"], "ok");
}

#[test]
fn a_stream_is_a_line_of_json_a_frame_in_a_pipe() {
    let server = Serving::start(&[]);
    for method in ["StreamSimulation", "StreamFeatures"] {
        let lines = answer(&server, &[method, "--seed", "42", "--grid-size", "16"]);
        let frames: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let steps: Vec<_> = frames.iter().map(|frame| frame["result"]["step"].as_i64()).collect();
        assert_eq!(steps, [10, 20, 30, 40, 50, 60, 64].map(Some));
        assert_eq!(frames[6]["result"]["is_final"], true);
    }
}

#[test]
fn the_field_is_drawn_as_without_a_server_and_not_printed() {
    let server = Serving::start(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    for method in ["RunSimulation", "StreamSimulation"] {
        let path = folder.path().join(format!("{method}.png"));
        let flags = ["--grid-size", "16", "--json", "--png", path.to_str().expect("UTF-8")];
        let printed = answer(&server, &[&[method], &flags[..]].concat());
        assert!(!printed.contains("values_mV"), "{printed}");
        let png = fs::read(&path).expect("a picture");
        assert!(png.starts_with(b"\x89PNG"));
    }
    let field =
        answer(&server, &["RunSimulation", "--grid-size", "4", "--json", "--include-field"]);
    let field: Value = serde_json::from_str(&field).expect("JSON");
    assert_eq!(field["result"]["field"]["values_mV"].as_array().map(Vec::len), Some(16));
}

#[test]
fn every_parameter_that_is_refused_is_named() {
    let server = Serving::start(&[]);
    let flags = ["RunSimulation", "--request-id", "mine", "--grid-size", "3", "--alpha", "7"];
    let (code, stdout, stderr) = call(&server.address.to_string(), &flags);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    insta::assert_snapshot!(stderr);
}

#[test]
fn a_key_is_read_from_its_file_or_variable_and_a_wrong_one_is_told() {
    let server = Serving::start_with_keys("a-key", &["--rate-limit-rps", "1"]);
    let target = server.address.to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key");
    fs::write(&file, "a-key\n").expect("it can be written");
    let file = file.to_str().expect("UTF-8");
    let flags = ["RunSimulation", "--grid-size", "4", "--retries", "100"];
    answer(&server, &[&flags[..], &["--api-key-file", file]].concat());
    answer(&server, &[&flags[..], &["--api-key", "a-key"]].concat());

    // A body is not read without a key, so the server makes the id, which differs from run to run.
    let failed = |arguments: &[&str]| {
        let (code, _, stderr) = call(&target, &[&["RunSimulation"], arguments].concat());
        let (before, id) = stderr.split_once("[request_id ").unwrap_or((&stderr, ""));
        let after = id.split_once(']').map_or("", |(_, after)| after);
        (code, format!("{before}[request_id ID]{after}"))
    };
    let (code, said) = failed(&[]);
    assert_eq!(code, Some(4));
    insta::assert_snapshot!(said);
    let (code, said) = failed(&["--api-key", "another-key"]);
    assert_eq!(code, Some(4));
    insta::assert_snapshot!(said);
    // Calls one after the other, without a wait, are more than one a second.
    let hasty = ["--api-key", "a-key", "--retries", "0", "--grid-size", "4"];
    let codes: Vec<_> = (0..50).map(|_| failed(&hasty).0).collect();
    assert!(codes.contains(&Some(5)), "{codes:?}");
}

#[test]
fn a_call_that_takes_too_long_is_told() {
    let server = Serving::start(&[]);
    let target = server.address.to_string();
    let command = ["call", "RunSimulation", "--grid-size", "1024", "--steps", "10000"];
    let ended = mfn(&[&command[..], &["--timeout", "0.2", "--target", &target]].concat());
    let output = { ended }.output().expect("mfn starts");
    assert_eq!(output.status.code(), Some(6));
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(said.starts_with("error: DEADLINE_EXCEEDED"), "{said}");
    assert!(said.contains("--timeout"), "{said}");
}

#[test]
fn a_server_with_tls_is_called_by_its_authority_and_shown_a_certificate() {
    let files = Files::new("call-command");
    let server = Serving::start(&files.flags_for_client_certificates());
    let target = format!("https://localhost:{}", server.address.port());
    let [ca, certificate, key] =
        ["ca.pem", "server.pem", "server.key"].map(|name| files.path(name));
    let trusted = ["RunSimulation", "--ca", &ca, "--retries", "0", "--grid-size", "4"];
    let shown = [&trusted[..], &["--client-cert", &certificate, "--client-key", &key]].concat();
    let (code, _, stderr) = call(&target, &shown);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    // It shows none.
    let (code, _, stderr) = call(&target, &trusted);
    assert_eq!(code, Some(3), "{stderr}");
}

#[test]
fn why_tls_fails_is_said_in_a_sentence_with_what_to_do() {
    let (files, other) = (Files::new("call-command-why"), Files::new("call-command-why-other"));
    let (certificate, key) = other.issue_with(|params| {
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    });
    other.write("server.pem", certificate.pem());
    other.write("server.key", key.serialize_pem());
    let [with_tls, expired] = [&files, &other].map(|files| Serving::start(&files.flags()));
    let plain = Serving::start(&[]);
    let said = |url: &str, server: &Serving, files: &Files| {
        let target = format!("{url}:{}", server.address.port());
        let ca = files.path("ca.pem");
        let (code, _, said) = call(&target, &["RunSimulation", "--retries=0", "--ca", &ca]);
        assert_eq!(code, Some(3), "{said}");
        said.replace(&target, "TARGET")
    };
    // All authorities of these tests have one name.
    insta::assert_snapshot!(said("https://localhost", &with_tls, &other), @r"
    error: UNAVAILABLE: no answer: the server's certificate is of another authority, which has the same name [endpoint TARGET]
      Name the certificate of its authority by --ca.
    ");
    insta::assert_snapshot!(said("https://127.0.0.1", &with_tls, &files), @r"
    error: UNAVAILABLE: no answer: the server's certificate is not for the name 127.0.0.1 [endpoint TARGET]
      Call the server by a name that is in its certificate, or name that by --server-name.
    ");
    insta::assert_snapshot!(said("https://localhost", &expired, &other), @r"
    error: UNAVAILABLE: no answer: the server's certificate has expired [endpoint TARGET]
      Give the server a certificate that is valid now, or set the clock of this machine.
    ");
    insta::assert_snapshot!(said("https://localhost", &plain, &files), @r"
    error: UNAVAILABLE: no answer: the server closes the connection, so it may speak no TLS [endpoint TARGET]
      Check that --target names it; without TLS it is called by http://, without --ca.
    ");
}

#[test]
fn another_server_is_called_where_one_is_not_there() {
    let server = Serving::start(&[]);
    let gone = Serving::start(&[]).address.to_string();
    let lines = answer(&server, &["StreamSimulation", "--grid-size", "4", "--target", &gone]);
    assert_eq!(lines.lines().count(), 7);
}
