//! A connection of HTTP/1.1 to the server, request by request, in time that only the script
//! moves.
//!
//! Whatever a client sends, the server panics nowhere, ends the connection once its
//! client has gone, and then holds nothing of it; it answers in well-formed HTTP/1.1 of the form
//! that the content type says, serves none without its key, and answers no call that its audit
//! does not have by the name that the answer has.

use conformance_web::error_code;
use conformance_wire::frames::PREFACE;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::calls::decoded;
use crate::recorded::Recorded;
use crate::requests::next_step;
use crate::served::{Answers, check_connection};

#[cfg(test)]
mod tests;

/// What an answer says that has gone through the layers, and so has a line in the audit.
const REQUEST_ID: &str = "x-request-id";
/// What answers may say that have not: the transport's own, and those to a browser that asks
/// before a call.
const UNRECORDED_STATUSES: [u16; 5] = [204, 400, 403, 414, 431];
/// Calls with this in their path have no line in the audit (MFN-AUDIT-007).
const HEALTH: &[u8] = b"Health";
/// Answers to this have no body, though they tell its length.
const HEAD: &[u8] = b"HEAD";
/// The flags of what comes last by gRPC-Web.
const TRAILERS: u8 = 0x80;
/// The flags of what comes last by Connect.
const END_STREAM: u8 = 2;
/// What the next answer begins with, and no body does.
const NEXT: &[u8] = b"HTTP/1.";

/// The first byte says how often the client reads and whether the server has a key, and the rest
/// is its script.
pub fn check(data: &[u8]) {
    check_connection(data, (&[], next_step), Responses::default());
}

/// What a server sent.
#[derive(Debug, Default)]
struct Responses {
    asked: Vec<u8>,
    /// What is no whole answer yet.
    unread: Vec<u8>,
    /// The names of the calls that were answered.
    ids: Vec<String>,
    /// How many answers had no body, though their heads let one expect.
    bodiless: usize,
}

impl Answers for Responses {
    fn asks(&mut self, bytes: &[u8]) {
        self.asked.extend_from_slice(bytes);
    }

    fn take(&mut self, bytes: &[u8]) {
        if self.asked.starts_with(PREFACE) {
            // It is HTTP/2 then, which another target looks at.
            return;
        }
        self.unread.extend_from_slice(bytes);
        while let Some((mut response, head_bytes)) = Response::parse(&self.unread) {
            let rest = &self.unread[head_bytes..];
            let may_be_alone = count(&self.asked, HEAD) > self.bodiless;
            let may_be_alone = may_be_alone && response.may_have_body();
            let body_bytes = if may_be_alone && rest.starts_with(NEXT) {
                self.bodiless += 1;
                0
            } else if may_be_alone && NEXT.starts_with(rest) {
                // Whether its body comes or the next answer is not known yet.
                return;
            } else {
                let Some(body_bytes) = response.take_body(rest) else { return };
                response.check_body();
                body_bytes
            };
            self.unread.drain(..head_bytes + body_bytes);
            self.ids.extend(response.id());
        }
    }

    fn check(mut self, mut recorded: Recorded) {
        // An answer that has begun is one, and a call that was made.
        let begun = Response::parse(&self.unread);
        self.ids.extend(begun.and_then(|(response, _)| response.id()));
        self.ids.retain(|id| !recorded.take_line_of(id));
        let most = recorded.counted + count(&self.asked, HEALTH);
        assert!(self.ids.len() <= most, "no line has {:?}, and {most} need none", self.ids);
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|at| at == part)
}

fn count(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).filter(|at| *at == part).count()
}

/// An answer.
#[derive(Debug)]
struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    /// The first of `bytes` without its body, and how many its head takes, if that is whole.
    fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let is_answer = bytes.starts_with(NEXT) || NEXT.starts_with(bytes);
        assert!(is_answer, "no HTTP/1.1: {}", bytes.escape_ascii());
        let head_bytes = bytes.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
        let head = std::str::from_utf8(&bytes[..head_bytes - 4]).expect("a head in UTF-8");
        let mut lines = head.split("\r\n");
        let first = lines.next().unwrap_or_default();
        let (version, status) = first.split_once(' ').expect("a status line");
        assert!(matches!(version, "HTTP/1.1" | "HTTP/1.0"), "{first}");
        let status = status.get(..3).and_then(|digits| digits.parse().ok());
        let status: u16 = status.unwrap_or_else(|| panic!("no status: {first}"));
        let headers: Vec<_> = lines.map(header).collect();
        let response = Self { status, headers, body: Vec::new() };
        response.check_head();
        Some((response, head_bytes))
    }

    fn check_head(&self) {
        let is_recorded = self.header(REQUEST_ID).is_some();
        let may_be_unnamed =
            matches!(self.status, 100..=199) || UNRECORDED_STATUSES.contains(&self.status);
        assert!(is_recorded || may_be_unnamed, "an answer without a name: {self:?}");
    }

    /// Whether its head lets a body expect that is not empty.
    fn may_have_body(&self) -> bool {
        !matches!(self.status, 100..=199 | 204 | 304) && self.header("content-length") != Some("0")
    }

    /// The name of its call.
    fn id(&self) -> Option<String> {
        let id = self.header(REQUEST_ID)?;
        Some(percent_decode_str(id).decode_utf8().expect("an id in UTF-8").into_owned())
    }

    /// Takes the body that `rest` begins with, if it is there: how many bytes of it.
    fn take_body(&mut self, rest: &[u8]) -> Option<usize> {
        if !self.may_have_body() {
            return Some(0);
        }
        if let Some(length) = self.header("content-length") {
            let length = length.parse().expect("a length");
            assert!(self.header("transfer-encoding").is_none(), "two framings");
            self.body = rest.get(..length)?.to_vec();
            return Some(length);
        }
        match self.header("transfer-encoding") {
            Some("chunked") => self.take_chunks(rest),
            Some(other) => panic!("the transfer encoding {other}"),
            // Its end is that of the connection, so nobody knows whether this is all.
            None => None,
        }
    }

    fn take_chunks(&mut self, rest: &[u8]) -> Option<usize> {
        let mut at = 0;
        loop {
            let line = rest[at..].windows(2).position(|end| end == b"\r\n")?;
            let size = std::str::from_utf8(&rest[at..at + line]).ok();
            let size = size.and_then(|digits| usize::from_str_radix(digits, 16).ok());
            let size = size.expect("the size of a chunk");
            let start = at + line + 2;
            let content = rest.get(start..start + size)?;
            self.body.extend_from_slice(content);
            let end = rest.get(start + size..start + size + 2)?;
            assert_eq!(end, b"\r\n", "behind a chunk");
            at = start + size + 2;
            if size == 0 {
                return Some(at);
            }
        }
    }

    fn header(&self, wanted: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        let value = values.next().map(|(_, value)| value.as_str());
        let is_one = values.next().is_none();
        assert!(is_one || wanted == "vary", "{wanted} twice: {:?}", self.headers);
        value
    }

    fn check_body(&self) {
        let kind = self.header("content-type").unwrap_or_default();
        match kind.split(';').next().unwrap_or_default() {
            "application/json" => self.check_json(),
            "application/grpc-web-text+proto" => {
                check_frames(&decoded(&self.body).expect("base64"), TRAILERS, false);
            }
            "application/grpc-web+proto" => check_frames(&self.body, TRAILERS, false),
            "application/grpc-web+json" => check_frames(&self.body, TRAILERS, true),
            "application/connect+proto" => check_frames(&self.body, END_STREAM, false),
            "application/connect+json" => check_frames(&self.body, END_STREAM, true),
            "application/grpc" => panic!("gRPC over HTTP/1.1: {self:?}"),
            _ => {}
        }
    }

    fn check_json(&self) {
        let json: Value = serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {self:?}"));
        if self.status >= 400 {
            let code = json["code"].as_str().unwrap_or_default();
            assert!(error_code(code).is_some(), "the code of {json}");
        }
    }
}

fn header(line: &str) -> (String, String) {
    let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no header: {line:?}"));
    assert!(!value.chars().any(char::is_control), "{line:?}");
    (name.to_owned(), value.trim().to_owned())
}

/// Messages with their prefixes, of which the one with `last_flags` tells how the call ended.
fn check_frames(mut bytes: &[u8], last_flags: u8, are_json: bool) {
    loop {
        let (prefix, rest) = bytes.split_at_checked(5).expect("a prefix");
        let length = u32::from_be_bytes([prefix[1], prefix[2], prefix[3], prefix[4]]);
        let (message, rest) = rest.split_at_checked(length as usize).expect("a whole message");
        let is_last = prefix[0] == last_flags;
        assert!(is_last || prefix[0] == 0, "the flags {}", prefix[0]);
        assert_eq!(is_last, rest.is_empty(), "what is marked as the last is the last");
        if is_last && last_flags == TRAILERS {
            let has_status = contains(message, b"grpc-status: ");
            assert!(has_status, "trailers without a status: {}", message.escape_ascii());
        } else if is_last || are_json {
            serde_json::from_slice::<Value>(message).expect("JSON");
        }
        if is_last {
            return;
        }
        bytes = rest;
    }
}
