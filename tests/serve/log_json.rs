//! The log as lines of JSON.

use serde_json::Value;

use crate::audit::parse;
use crate::caller::{RUN, call, encoded, head, raw, small};
use crate::log::send_unsolicited_ping_acks;
use crate::serving::{Serving, mfn};
use crate::tls::Files;

const FIELDS: [&str; 6] = ["fields", "kind", "level", "message", "target", "ts"];

/// A line of the log, which has the fields that the page lists and no others.
fn checked(line: &str) -> Value {
    let line = parse(line);
    let names: Vec<_> = line.as_object().expect("an object").keys().cloned().collect();
    let mut sorted = names.clone();
    sorted.sort();
    assert_eq!(sorted, FIELDS, "{line}");
    assert_eq!(line["kind"], "log", "{line}");
    assert!(line["fields"].is_object() && line["ts"].as_str().is_some_and(|ts| ts.len() == 24));
    line
}

// shows MFN-CONF-017, MFN-AUDIT-015
#[tokio::test]
async fn each_line_is_an_object_and_says_whether_it_is_of_the_log_or_the_audit() {
    let files = Files::new("json");
    let flags = files.flags();
    let mut command =
        mfn(&[&["serve", "--port", "0", "--audit-log", "stderr"], &flags[..]].concat());
    let mut server = Serving::start_command(command.env("MFN_LOG_FORMAT", " json "));
    assert!(files.connect(&server, None).await.is_ok());
    let strangers = Files::new("json-strangers");
    assert!(strangers.connect(&server, None).await.is_err());
    server.logged("a TLS handshake failed");
    let line = checked(server.last_line());
    assert_eq!(
        (&line["level"], &line["message"]),
        (&"info".into(), &"a TLS handshake failed".into())
    );
    assert_eq!(line["target"], "mfn_server::connection::handshake");
    assert_eq!(line["fields"]["reason"], "refused_by_client");
    let channel = files.connect(&server, None).await.expect("TLS");
    let call = crate::caller::SimulationClient::new(channel).run_simulation(small()).await;
    call.expect("an answer");
    server.signal("HUP");
    server.logged("the files of TLS are read again");
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    let log = server.all_that_was_logged();
    let (audit, log): (Vec<_>, Vec<_>) =
        log.lines().partition(|line| parse(line)["kind"] == "audit");
    assert_eq!(audit.len(), 1, "{audit:?}");
    assert_eq!(parse(audit[0])["method"], RUN);
    for line in log {
        checked(line);
    }
}

// shows MFN-CONF-017
#[tokio::test]
async fn fields_keep_their_types_and_libraries_their_targets() {
    let flags = ["--log-format", "json", "--log", "debug,h2=warn", "--audit-log", "off"];
    let mut server = Serving::start(&flags);
    let http1 = tokio::net::TcpStream::connect(server.address).await.expect("it listens");
    drop(http1);
    server.logged("no HTTP connection");
    assert!(checked(server.last_line())["fields"]["peer"].is_string());
    send_unsolicited_ping_acks(&server, 1).await;
    server.logged("ack that we never sent");
    let target = checked(server.last_line())["target"].clone();
    assert!(target.as_str().is_some_and(|target| target.starts_with("h2::")), "{target}");
    let requests = raw(&server).await;
    call(&requests, head(RUN), encoded(&small())).await;
    server.signal("TERM");
    server.logged("finishing the open calls");
    checked(server.last_line());
}

// shows MFN-CONF-017
#[test]
fn errors_at_the_start_are_such_lines_too() {
    for (arguments, variables, message) in [
        (&["--port", "65536"][..], &[("MFN_LOG_FORMAT", "json")][..], "invalid value '65536'"),
        (&["--log-format", "json", "--nothing"], &[], "unexpected argument '--nothing'"),
        (&["--log-format=json", "--tls-enabled"], &[], "must name a file"),
        (&["--log-format=json", "--port=\"1\""], &[], "quotation marks"),
        (&["--log-format=json", "--host", "192.0.2.1"], &[], "there are no keys"),
    ] {
        let mut command = mfn(&[&["serve"], arguments].concat());
        let output = command.envs(variables.iter().copied()).output().expect("mfn starts");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(said.lines().count(), 1, "{said}");
        let line = checked(&said);
        assert_eq!((&line["level"], &line["target"]), (&"error".into(), &"mfn".into()), "{line}");
        assert!(line["message"].as_str().is_some_and(|text| text.contains(message)), "{line}");
    }
}
