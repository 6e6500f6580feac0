//! A script of HTTP/1.1: most requests are well formed, and any part of one can be
//! anything.

use crate::frames::Step;
use crate::input::Input;
use crate::signed::credentials;

/// What a step is about: the first byte of it, modulo their number.
pub mod kinds {
    /// A request: method, target, version, content type, number of further headers, each
    /// with its name and value, body, and how that is framed. The value 4 is none, but all
    /// that a call shows of the key.
    pub const REQUEST: u8 = 0;
    /// A body of the vocabulary, without anything around it.
    pub const BODY: u8 = 1;
    /// The same in a chunk.
    pub const CHUNK: u8 = 2;
    /// The end of chunks.
    pub const LAST_CHUNK: u8 = 3;
    /// Any bytes.
    pub const BYTES: u8 = 4;
    /// A pause: its logarithm.
    pub const WAIT: u8 = 5;
    /// The end.
    pub const END: u8 = 6;
    /// A request that is cut off: where, and then as a request.
    pub const CUT_REQUEST: u8 = 7;
    /// A chunk of any size: number, extension, bytes.
    pub const RAW_CHUNK: u8 = 8;
    /// How many there are.
    pub const COUNT: u8 = 9;
}

/// How a body is framed: a byte of a request, modulo their number.
pub mod framings {
    /// By its length.
    pub const LENGTH: u8 = 0;
    /// In a chunk, with the end behind it.
    pub const CHUNKED: u8 = 1;
    /// In two chunks, without an end.
    pub const OPEN: u8 = 2;
    /// By nothing, and not sent.
    pub const NONE: u8 = 3;
    /// By a length that is a number of the script.
    pub const WRONG: u8 = 4;
    /// How many there are.
    pub const COUNT: u8 = 5;
}

const METHODS: [&str; 7] = ["POST", "GET", "OPTIONS", "HEAD", "PUT", "PRI", "post"];
const VERSIONS: [&str; 4] = ["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", ""];
/// What is asked for. The last is one of the script's own.
pub(crate) const TARGETS: [&str; 17] = [
    "/mfn.MFNSimulationService/RunSimulation",
    "/mfn.MFNSimulationService/StreamSimulation",
    "/mfn.MFNFeaturesService/ExtractFeatures",
    "/mfn.MFNFeaturesService/StreamFeatures",
    "/mfn.MFNValidationService/ValidatePattern",
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/a/B",
    "/",
    "/page/server.json",
    "*",
    "http://localhost/mfn.MFNSimulationService/RunSimulation",
    "/mfn.MFNSimulationService/RunSimulation?connect=v1&encoding=json&message=%7B%22gridSize%22%3A4%2C%22steps%22%3A1%7D",
    "/mfn.MFNFeaturesService/ExtractFeatures?encoding=proto&base64=1&message=GAQgAQ",
    "/mfn.MFNFeaturesService/ExtractFeatures?encoding=proto&compression=gzip&message=",
    "",
];
pub(crate) const TYPES: [&str; 10] = [
    "application/json",
    "application/proto",
    "application/connect+json",
    "application/connect+proto",
    "application/grpc-web+proto",
    "application/grpc-web+json",
    "application/grpc-web-text+proto",
    "application/grpc",
    "text/plain",
    "",
];
const NAMES: [&str; 19] = [
    "host",
    "origin",
    "sec-fetch-site",
    "access-control-request-method",
    "connect-timeout-ms",
    "connect-protocol-version",
    "content-encoding",
    "connect-content-encoding",
    "grpc-timeout",
    "grpc-encoding",
    "x-api-key",
    "x-request-id",
    "content-length",
    "transfer-encoding",
    "connection",
    "expect",
    "upgrade",
    "if-none-match",
    "a",
];
const VALUES: [&str; 20] = [
    "localhost",
    "other.example",
    "http://localhost",
    "https://app.example",
    "https://other.example",
    "null",
    "cross-site",
    "POST",
    "0",
    "1",
    "1000",
    "gzip",
    "identity",
    "1S",
    "chunked",
    "close",
    "keep-alive",
    "100-continue",
    "h2c",
    "*",
];
/// As clients of each protocol send them, and some that are none.
pub(crate) const BODIES: [&[u8]; 18] = [
    b"",
    b"{}",
    br#"{"gridSize":4,"steps":1}"#,
    br#"{"gridSize":8,"steps":3,"streamInterval":1}"#,
    br#"{"gridSize":64,"steps":64,"includeField":true}"#,
    br#"{"gridSize":1}"#,
    br#"{"colour":1}"#,
    b"{",
    b"\0\0\0\0\x18{\"gridSize\":4,\"steps\":3}",
    b"\0\0\0\0\x01{",
    b"\0\0\0\0\x04\x18\x04\x20\x01",
    b"\x18\x04\x20\x01",
    b"\x18\xff\x7f",
    b"\x01\0\0\0\0",
    b"\0\xff\xff\xff\xff",
    b"\x80\0\0\0\0",
    b"AAAAAAQYBCAB",
    b"AAAAAAQYBCA=AQ==",
];

/// The next step of a script.
pub fn next_step(input: &mut Input<'_>) -> Step {
    Step::Send(match input.byte() % kinds::COUNT {
        kinds::REQUEST => request(input),
        kinds::BODY => input.pick(&BODIES).to_vec(),
        kinds::CHUNK => {
            let body = *input.pick(&BODIES);
            chunk(body)
        }
        kinds::LAST_CHUNK => b"0\r\n\r\n".to_vec(),
        kinds::BYTES => input.short().to_vec(),
        kinds::WAIT => return Step::pause(input),
        kinds::END => return Step::End,
        kinds::CUT_REQUEST => {
            let at = usize::from(input.byte());
            let mut request = request(input);
            request.truncate(at);
            request
        }
        _ => {
            let size = format!("{:x};", input.number());
            [size.as_bytes(), input.short(), b"\r\n", input.short(), b"\r\n"].concat()
        }
    })
}

fn request(input: &mut Input<'_>) -> Vec<u8> {
    let mut request = input.pick(&METHODS).as_bytes().to_vec();
    request.push(b' ');
    let target = *input.pick(&TARGETS);
    match target {
        "" => request.extend(input.short()),
        target => request.extend(target.as_bytes()),
    }
    request.push(b' ');
    request.extend(input.pick(&VERSIONS).as_bytes());
    request.extend(b"\r\n");
    let content_type = *input.pick(&TYPES);
    if !content_type.is_empty() {
        header(&mut request, "content-type", content_type.as_bytes());
    }
    let further = input.byte() % 8;
    if further & 1 == 0 {
        header(&mut request, "host", b"localhost");
    }
    for _ in 0..further / 2 {
        let name = *input.pick(&NAMES);
        match input.byte() {
            0 => header(&mut request, name, input.short()),
            1 => request.extend(input.short()),
            // Long enough for a head to be too long.
            2 => header(&mut request, name, &vec![b'x'; usize::from(input.byte()) * 128]),
            4 => {
                for (name, value) in credentials(target) {
                    header(&mut request, name, value.as_bytes());
                }
            }
            _ => header(&mut request, name, input.pick(&VALUES).as_bytes()),
        }
    }
    let body = *input.pick(&BODIES);
    match input.byte() % framings::COUNT {
        framings::LENGTH => {
            header(&mut request, "content-length", body.len().to_string().as_bytes());
            request.extend(b"\r\n");
            request.extend(body);
        }
        framings::CHUNKED => {
            header(&mut request, "transfer-encoding", b"chunked");
            request.extend([b"\r\n", &chunk(body)[..], b"0\r\n\r\n"].concat());
        }
        framings::OPEN => {
            header(&mut request, "transfer-encoding", b"chunked");
            let (first, rest) = body.split_at(body.len() / 2);
            request.extend([b"\r\n", &chunk(first)[..], &chunk(rest)[..]].concat());
        }
        framings::WRONG => {
            let length = input.number() >> (input.byte() % 32);
            header(&mut request, "content-length", length.to_string().as_bytes());
            request.extend(b"\r\n");
            request.extend(body);
        }
        _ => request.extend(b"\r\n"),
    }
    request
}

fn header(head: &mut Vec<u8>, name: &str, value: &[u8]) {
    head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
}

/// None is empty: that would be the last.
fn chunk(body: &[u8]) -> Vec<u8> {
    if body.is_empty() {
        return Vec::new();
    }
    [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n"].concat()
}
