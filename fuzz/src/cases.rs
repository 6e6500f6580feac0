//! What the suite reads that people write: a file of cases, and a list of known
//! failures.

use conformance::case::{Body, load};
use conformance::client::prepare;
use conformance::run::KnownFailing;
use conformance::server::Server;

use crate::input::Input;

/// The first byte chooses what the rest is.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let kind = input.byte();
    let Ok(text) = std::str::from_utf8(input.rest()) else { return };
    if kind.is_multiple_of(2) { cases(text) } else { known_failing(text) }
}

/// What is no file of cases is refused with a line of it, and each call of one that is
/// can be made ready, or is refused in one sentence.
fn cases(text: &str) {
    let file = match load::parse("fuzz", text) {
        Ok(file) => file,
        Err(refused) => {
            let lines = text.lines().count() + 1;
            assert!(refused.line.is_none_or(|line| (1..=lines).contains(&line)), "{refused}");
            return;
        }
    };
    let server = server();
    for call in file.case.iter().filter_map(|case| case.call.as_ref()) {
        // The suite's own cases alone may ask for many gigabytes.
        let is_large = !matches!(call.body, None | Some(Body::Frames(_)));
        if !is_large && let Err(refused) = prepare(call, &server) {
            assert!(!refused.to_string().is_empty());
        }
    }
}

fn known_failing(text: &str) {
    let entries = text.lines().map(str::trim);
    let entries = entries.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let has_reason =
        |line: &str| line.split_once('#').is_some_and(|(_, why)| !why.trim().is_empty());
    let expected = entries.clone().count() <= 10_000 && entries.clone().all(has_reason);
    assert_eq!(KnownFailing::parse(text).is_ok(), expected, "{text}");
}

/// A server that is nowhere.
#[must_use]
pub fn server() -> Server {
    Server {
        endpoint: conformance_wire::Endpoint {
            host: "localhost".to_owned(),
            port: 1,
            tls: None,
            ca: None,
        },
        keys: vec!["the-key-of-the-suite".to_owned()],
        message_limit: 4096,
        certificates: None,
        process: None,
        started_with: Vec::new(),
        restart: None,
    }
}
