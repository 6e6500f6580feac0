//! What the hostile servers of the suite and of the SDK have in common: their words, when they
//! begin to speak, and what of it may have been a header.

use std::time::Duration;

use conformance_wire::frames::{HEADERS, PREFACE};
use tokio::io::{AsyncReadExt as _, DuplexStream};
use tokio::time::timeout;

use crate::frames::{Frames, Vocabulary};

/// Bytes that either side can have on the way.
pub(crate) const PIPE_BYTES: usize = 1024 * 1024;
/// The bit of a text's length that says that it is in the code of RFC 7541.
const HUFFMAN: u8 = 0x80;
/// What a server waits for a call: less than the suite waits for an answer.
const PATIENCE: Duration = Duration::from_millis(2500);

/// What servers of MFN say.
pub(crate) const WORDS: Vocabulary = Vocabulary {
    heads: &[
        &[(":status", "200"), ("content-type", "application/grpc")],
        &[(":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "3")],
        &[("grpc-status", "0")],
        &[("grpc-status", "8"), ("grpc-message", "too%20often")],
        &[(":status", "404")],
        &[],
    ],
    names: &[
        "grpc-status",
        "grpc-message",
        "grpc-status-details-bin",
        "content-type",
        "x-request-id",
        "retry-after",
        "grpc-retry-pushback-ms",
        "grpc-encoding",
        ":status",
        "a-bin",
    ],
    values: &[
        "0",
        "3",
        "16",
        "99",
        "-1",
        "200",
        "application/grpc",
        "%1b%5b2J%0d",
        "%ff%00%",
        "CAMSBnRoZSBpZA",
        "the-key-of-the-suite",
        "dGhlLWtleS1vZi10aGUtc3VpdGU=",
        "text/html",
    ],
    bodies: &[
        &[],
        &[0, 0, 0, 0, 0],
        &[0, 0, 0, 0, 2, 0x0a, 0],
        &[0, 0, 0, 0, 3, 0x0a, 1, 0x1b],
        &[1, 0, 0, 0, 2, 0x0a, 0],
        &[0, 0xff, 0xff, 0xff, 0xff, 1],
        &[0, 0, 0, 0, 11, 0x21, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f, 0x10, 1],
    ],
    names_calls: false,
};

/// An answer on a stream that is not open ends the connection, so a server has a call first, or
/// waits long enough.
pub(crate) async fn wait_for_call(io: &mut DuplexStream) {
    let mut frames = Frames::after(PREFACE.len());
    let mut taken = vec![0; 4096];
    let is_called = async {
        while let Ok(bytes @ 1..) = io.read(&mut taken).await {
            frames.extend(&taken[..bytes]);
            if std::iter::from_fn(|| frames.next()).any(|frame| frame.kind == HEADERS) {
                return;
            }
        }
    };
    timeout(PATIENCE, is_called).await.ok();
}

/// Whether this header, wherever it is, may have a value that `is_wanted`: what is in the code
/// of RFC 7541 is not read.
pub(crate) fn may_have(sent: &[u8], name: &str, is_wanted: impl Fn(&[u8]) -> bool) -> bool {
    let mut places = sent.windows(name.len()).enumerate();
    places.any(|(place, at)| {
        let behind = &sent[place + name.len()..];
        at == name.as_bytes()
            && behind.split_first().is_some_and(|(length, rest)| {
                let value = rest.get(..usize::from(*length));
                length & HUFFMAN != 0 || value.is_some_and(&is_wanted)
            })
    })
}
