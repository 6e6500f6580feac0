//! Lines of a shell that make calls again.
//!
//! Where the server is still there after the run, grpcurl makes the call. Where it has ended, the
//! suite starts it again for the one test, and leaves it running with such a line. A procedure is
//! more than its calls, and may have ended a server of its own: the suite does all of it again,
//! with the same choices by chance.
//!
//! It names the files of the proto, so that the server needs no reflection. `conformance proto`
//! writes these files, and `conformance sign` prints the headers that sign the call.

use std::fmt::Write as _;
use std::path::Path;

use conformance_wire::messages;
use serde_json::Value;

use super::Test;
use crate::case::{Call, Sign};
use crate::client::{API_KEY, SIGNATURE, TIMESTAMP};
use crate::draws::Draws;
use crate::server::{Restart, Server};

/// Where the line has the files of the proto written.
const PROTO_FOLDER: &str = "mfn-proto";
/// The file without which grpcurl shows the details of errors as bytes.
const DETAILS: &str = "error_details.proto";
/// Headers that grpcurl sends as it likes, as it does those that begin with `grpc-`.
const OF_GRPCURL: [&str; 3] = ["content-type", "te", "user-agent"];
/// The longest answer that grpcurl is to take, where fields may come: its own limit is 4 MiB.
const LARGE_ANSWERS: &str = " -max-msg-sz 104857600";

/// The lines for all calls of a test; none where grpcurl cannot make one of them.
pub(super) fn lines(test: &Test, calls: &[&Call], server: &Server) -> Vec<String> {
    let lines: Option<Vec<_>> = calls.iter().map(|call| grpcurl(call, server)).collect();
    match (lines, &server.restart) {
        (None, _) => Vec::new(),
        (Some(_), Some(Restart { command, ends: true })) => {
            vec![format!("{} --keep-running", again(command, test))]
        }
        (Some(lines), _) => lines,
    }
}

/// The line for all of a procedure, if the suite can start its server again.
pub(super) fn whole(test: &Test, server: &Server, draws: &Draws) -> Option<String> {
    let Restart { command, .. } = server.restart.as_ref()?;
    Some(format!("{} {}", again(command, test), draws.flags()))
}

fn again(command: &str, test: &Test) -> String {
    format!("conformance run --spawn {} --run {}", quoted(command), quoted(&test.name))
}

fn grpcurl(call: &Call, server: &Server) -> Option<String> {
    let is_other = call.protocol.is_web() || call.body.is_some();
    if is_other || call.verb.is_some() || !call.trailers.is_empty() {
        return None;
    }
    let method = messages::method(&call.method)?;
    let file = method.parent_file().name().to_owned();
    let mut line = format!(
        "conformance proto {PROTO_FOLDER} && grpcurl -import-path {PROTO_FOLDER} -proto {file} \
         -proto {DETAILS}"
    );
    line += &transport(server);
    if !server.keys.is_empty() && !call.sign.none {
        line += &signing(call, server)?;
    }
    for (name, values) in &call.metadata {
        line += &headers(name, values)?;
    }
    if call.request.as_ref().is_some_and(|request| request.contains_key("include_field")) {
        line += LARGE_ANSWERS;
    }
    let (data, address) = (quoted(&json(call)), quoted(&server.endpoint.authority()));
    write!(line, " -d {data} {address} {}", call.method).ok()?;
    Some(line)
}

/// The request of a call, as JSON.
pub(super) fn json(call: &Call) -> String {
    call.request
        .as_ref()
        .map_or("{}".to_owned(), |request| Value::Object(request.clone()).to_string())
}

/// Flags for TLS with the server's authority, and with a client's certificate where the suite
/// has made one.
fn transport(server: &Server) -> String {
    let Some(ca) = &server.endpoint.ca else { return " -plaintext".to_owned() };
    let file = |path: &Path| quoted(&path.display().to_string());
    let authority = format!(" -cacert {}", file(ca));
    let Some(folder) = &server.certificates else { return authority };
    let [certificate, key] = ["client.pem", "client.key"].map(|name| file(&folder.join(name)));
    format!("{authority} -cert {certificate} -key {key}")
}

/// What prints the headers that sign the call. A key that the suite was told is named by a
/// variable, since reports are passed on; its own keys are no secrets.
fn signing(call: &Call, server: &Server) -> Option<String> {
    let Sign {
        key,
        show_key,
        unknown_key,
        skew_seconds,
        decimals,
        timestamp,
        method,
        alter,
        none: _,
    } = &call.sign;
    let replaces =
        [API_KEY, TIMESTAMP, SIGNATURE].iter().any(|name| call.metadata.contains_key(*name));
    // What `conformance sign` prints is read as words.
    let has_space = timestamp.as_ref().is_some_and(|text| text.contains(char::is_whitespace));
    if show_key.is_some()
        || unknown_key.is_some()
        || decimals.is_some()
        || alter.is_some()
        || replaces
        || has_space
    {
        return None;
    }
    let secret = match &server.process {
        Some(_) => quoted(server.keys.get(*key)?),
        None => format!("\"${{KEY_{0}:?key {0} of --api-key}}\"", key + 1),
    };
    let method = method.as_ref().unwrap_or(&call.method);
    let time = match (timestamp, skew_seconds) {
        (Some(timestamp), _) => format!(" --timestamp={}", quoted(timestamp)),
        (None, Some(skew)) => format!(" --skew={skew}"),
        (None, None) => String::new(),
    };
    Some(format!(" $(MFN_API_KEY={secret} conformance sign {method}{time})"))
}

/// Flags for the values of a header, if grpcurl sends them as they are.
fn headers(name: &str, values: &[String]) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    let is_kept = |value: &String| {
        value.trim() == value && value.chars().all(|c| c == ' ' || c.is_ascii_graphic())
    };
    let is_sent = name.chars().all(is_plain)
        && !OF_GRPCURL.contains(&name)
        && !name.starts_with("grpc-")
        && !name.ends_with("-bin")
        && values.iter().all(is_kept);
    let flags =
        || values.iter().map(|value| format!(" -H {}", quoted(&format!("{name}: {value}"))));
    is_sent.then(|| flags().collect())
}

/// A word of a shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use conformance_wire::Endpoint;
    use serde_json::json;

    use super::super::all_tests;
    use super::*;
    use crate::case::{Alter, Body};
    use crate::draws::DEFAULT_COUNT;

    const RUN: &str = "mfn.MFNSimulationService/RunSimulation";

    fn server(keys: &[&str]) -> Server {
        Server {
            endpoint: Endpoint::parse("http://[::1]:50051", None).expect("an address"),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            message_limit: 1,
            certificates: None,
            process: None,
            started_with: Vec::new(),
            restart: None,
        }
    }

    fn spawned(ends: bool) -> Server {
        let restart = Restart { command: "mfn serve".to_owned(), ends };
        Server { restart: Some(restart), ..server(&[]) }
    }

    fn test(is_it: fn(&Test) -> bool) -> Test {
        let mut tests = all_tests().expect("the case files are well-formed").into_iter();
        tests.find(is_it).expect("there is such a test")
    }

    fn call() -> Call {
        let request = json!({ "seed": 42 }).as_object().cloned();
        Call { method: RUN.to_owned(), request, ..Call::default() }
    }

    fn with_metadata(name: &str, values: &[&str]) -> Call {
        let mut call = call();
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        call.metadata.insert(name.to_owned(), values);
        call
    }

    #[test]
    fn a_line_names_the_proto_the_certificates_and_an_address_that_stands() {
        let plain = server(&[]);
        let mut tls = server(&[]);
        tls.endpoint.ca = Some(PathBuf::from("/tmp/a folder/ca.pem"));
        tls.certificates = Some(Arc::new(PathBuf::from("/tmp/a folder")));
        let health = Call { method: "grpc.health.v1.Health/Check".to_owned(), ..Call::default() };
        let field =
            Call { request: json!({ "include_field": true }).as_object().cloned(), ..call() };
        let lines = [
            grpcurl(&call(), &plain),
            grpcurl(&with_metadata("x-request-id", &["it's", "two"]), &plain),
            grpcurl(&health, &plain),
            grpcurl(&field, &plain),
            grpcurl(&call(), &tls),
        ];
        insta::assert_snapshot!(lines.map(|line| line.expect("it can be repeated")).join("\n"));
    }

    #[test]
    fn a_line_signs_without_telling_a_key_that_the_suite_was_told() {
        let signed = |sign| Call { sign, ..call() };
        let at = Sign { timestamp: Some("nan".to_owned()), ..Sign::default() };
        let skewed = Sign { key: 1, skew_seconds: Some(-299.5), ..Sign::default() };
        let other = Sign { method: Some("mfn.Other/Method".to_owned()), ..Sign::default() };
        let unsigned = Sign { none: true, ..Sign::default() };
        let server = server(&["first-key", "second-key"]);
        let lines = [Sign::default(), at, skewed, other, unsigned]
            .map(|sign| grpcurl(&signed(sign), &server).expect("it can be repeated"));
        let lines = lines.join("\n");
        assert!(!lines.contains("first-key") && !lines.contains("second-key"), "{lines}");
        insta::assert_snapshot!(lines);
    }

    #[test]
    fn what_grpcurl_cannot_send_has_no_line() {
        let keys = server(&["a-key"]);
        let with = |change: fn(&mut Call)| {
            let mut call = call();
            change(&mut call);
            call
        };
        for call in [
            with(|call| call.body = Some(Body::Times(2))),
            with(|call| call.verb = Some("GET".to_owned())),
            with(|call| call.method = "mfn.Nobody/Nothing".to_owned()),
            with(|call| call.sign.alter = Some(Alter::Zero)),
            with(|call| call.sign.show_key = Some("other".to_owned())),
            with(|call| call.sign.unknown_key = Some("other".to_owned())),
            with(|call| call.sign.timestamp = Some("1 2".to_owned())),
            with(|call| call.trailers = [("a".to_owned(), vec!["b".to_owned()])].into()),
            with_metadata("te", &[]),
            with_metadata("x-signature", &[]),
            with_metadata("grpc-timeout", &["1S"]),
            with_metadata("data-bin", &["AAA"]),
            with_metadata("x-request-id", &["Grüße"]),
            with_metadata("x-request-id", &[" led by a space"]),
        ] {
            assert_eq!(grpcurl(&call, &keys), None, "{call:?}");
        }
    }

    #[test]
    fn a_server_that_has_ended_is_started_again() {
        let test = test(|test| test.case.call.is_some());
        assert_eq!(
            lines(&test, &[&call()], &spawned(true)),
            [format!("conformance run --spawn 'mfn serve' --run {} --keep-running", test.name)]
        );
        for left in [spawned(false), server(&[])] {
            let lines = lines(&test, &[&call(), &call()], &left);
            assert_eq!(lines.len(), 2);
            assert!(lines.iter().all(|line| line.contains("grpcurl")), "{lines:?}");
        }
    }

    #[test]
    fn a_procedure_is_done_again_as_a_whole_with_the_same_choices() {
        let test = test(|test| test.name.starts_with("exact/draws/"));
        let repeat = |server: &Server, draws: &Draws, call| {
            super::super::called(&test, Some(server), call, draws).repeat
        };
        let (draws, many) = (Draws::new(7, DEFAULT_COUNT), Draws::new(7, 1000));
        let call = call();
        let line = format!("conformance run --spawn 'mfn serve' --run {} --seed 7", test.name);
        // The server of a procedure may have ended also where those that tests share have not.
        for spawned in [spawned(true), spawned(false)] {
            for failed in [None, Some(&call)] {
                assert_eq!(repeat(&spawned, &draws, failed), [&*line]);
            }
            assert_eq!(repeat(&spawned, &many, None), [format!("{line} --draws 1000")]);
        }
        let of_address = repeat(&server(&[]), &draws, Some(&call));
        assert_eq!(of_address, lines(&test, &[&call], &server(&[])));
    }
}
