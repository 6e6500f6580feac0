//! As much of HTTP/1.1 as one call after the other needs, with as few instructions as
//! can be: they are counted with those of the server.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::call::{Call, METHOD};

const OK: &[u8] = b"HTTP/1.1 200 ";
const LENGTH: &[u8] = b"\r\ncontent-length: ";
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

pub(crate) struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    answer_begins_with: u8,
}

impl Connection {
    /// All calls will be this one.
    pub(crate) fn begin(stream: TcpStream, call: &Call) -> Self {
        stream.set_nodelay(true).expect("a socket can be so");
        let lines: Vec<_> =
            call.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let host = call.host.unwrap_or_default();
        let head = format!(
            "POST {METHOD} HTTP/1.1\r\nhost: {host}\r\n{}content-length: {}\r\n\r\n",
            lines.concat(),
            call.body.len()
        );
        let request = [head.as_bytes(), &call.body].concat();
        Self { stream, request, answer_begins_with: call.answer_begins_with }
    }

    /// Makes a call, and reads its answer to the end.
    pub(crate) fn call(&mut self) {
        self.stream.write_all(&self.request).expect("the server reads");
        let mut answer = Vec::new();
        while !self.is_complete(&answer) {
            let mut buffer = [0; 4096];
            let length = self.stream.read(&mut buffer).expect("the server answers");
            assert!(length > 0, "the server has closed the connection");
            answer.extend_from_slice(&buffer[..length]);
        }
    }

    fn is_complete(&self, answer: &[u8]) -> bool {
        let Some(end) = position(answer, END_OF_HEAD) else { return false };
        let (head, body) = (&answer[..end], &answer[end + END_OF_HEAD.len()..]);
        assert!(head.starts_with(OK), "the call was refused");
        let length = position(head, LENGTH).expect("the answer has its length") + LENGTH.len();
        let digits = head[length..].iter().take_while(|byte| byte.is_ascii_digit());
        let length = digits.fold(0, |sum, digit| 10 * sum + usize::from(digit - b'0'));
        assert!(body.first().is_none_or(|first| *first == self.answer_begins_with));
        body.len() == length
    }
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
