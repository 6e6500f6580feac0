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
        Err(refused) => return check_line(refused.line, text),
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

/// What is no file is refused at this line of it.
fn check_line(line: Option<usize>, text: &str) {
    let lines = text.lines().count() + 1;
    assert!(line.is_none_or(|line| (1..=lines).contains(&line)), "there is no line {line:?}");
}

fn known_failing(text: &str) {
    check_known(text, KnownFailing::parse(text).is_ok());
}

/// Every entry of a list has its reason.
fn check_known(text: &str, is_list: bool) {
    let entries = text.lines().map(str::trim);
    let entries = entries.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let has_reason =
        |line: &str| line.split_once('#').is_some_and(|(_, why)| !why.trim().is_empty());
    let expected = entries.clone().count() <= 10_000 && entries.clone().all(has_reason);
    assert_eq!(is_list, expected, "{text}");
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle_failures::assert_fails_with;

    #[test]
    fn a_refusal_is_at_a_line_of_the_file() {
        for line in [None, Some(1), Some(3)] {
            check_line(line, "a\nb");
        }
        assert_fails_with("there is no line Some(0)", || check_line(Some(0), "a\nb"));
        assert_fails_with("there is no line Some(4)", || check_line(Some(4), "a\nb"));
    }

    #[test]
    fn a_known_failure_has_its_reason() {
        let (most, too_many) = ("a # b\n".repeat(10_000), "a # b\n".repeat(10_001));
        for (text, is_list) in [
            ("# nothing\n\n", true),
            ("a # it is so\n", true),
            ("a\n", false),
            ("a # \n", false),
            (&most, true),
            (&too_many, false),
        ] {
            check_known(text, is_list);
            assert_fails_with(text, || check_known(text, !is_list));
        }
    }
}
