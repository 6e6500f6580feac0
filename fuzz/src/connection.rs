//! A connection of HTTP/2 to the server, frame by frame, in time that only the script moves.
//!
//! Whatever a client sends, the server panics nowhere, ends the connection once its
//! client has gone, sends only frames that it may send, and answers no call that its
//! audit does not have.

use std::collections::{HashMap, HashSet};

use conformance_wire::frames::{DATA, END_STREAM, Frame, HEADERS, PREFACE, SETTINGS};

use crate::frames::{Step, Vocabulary, next_step};
use crate::input::Input;
use crate::served::{Answers, check_connection};

/// Longest frame that the server may send to who has not asked for longer ones.
const MAX_FRAME_BYTES: usize = 16 * 1024;
/// The bytes of a frame before its payload.
const FRAME_HEADER_BYTES: usize = 9;
/// The bit before a stream's number is reserved.
const STREAM_BITS: u32 = 0x7fff_ffff;
/// What a request for health has in its path, of which one is whole if it comes in two
/// frames. Such calls have no line in the audit (MFN-AUDIT-007), nor has what a browser asks
/// before a call.
const PARTS_OF_UNRECORDED: [&[u8]; 3] = [b"grpc.hea", b".Health/", b"OPTIONS"];
/// HTTP status 431 in the code of RFC 7541: what the transport itself answers, and no
/// audit has, if headers are far too long.
const STATUS_431: &[u8] = &[0x69, 0x90, 0xff];

macro_rules! call {
    ($path:literal) => {
        call!($path, "application/grpc")
    };
    ($path:literal, $content_type:literal) => {
        &[
            (":method", "POST"),
            (":scheme", "http"),
            (":path", $path),
            (":authority", "localhost"),
            ("content-type", $content_type),
            ("te", "trailers"),
        ]
    };
}

/// What clients of MFN say.
pub const WORDS: Vocabulary = Vocabulary {
    heads: &[
        call!("/mfn.MFNSimulationService/RunSimulation"),
        call!("/mfn.MFNSimulationService/StreamSimulation"),
        call!("/mfn.MFNFeaturesService/ExtractFeatures"),
        call!("/mfn.MFNFeaturesService/StreamFeatures"),
        call!("/mfn.MFNValidationService/ValidatePattern"),
        call!("/grpc.health.v1.Health/Check"),
        call!("/grpc.health.v1.Health/Watch"),
        call!("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"),
        call!("/a/B"),
        &[(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "localhost")],
        call!("/mfn.MFNSimulationService/StreamSimulation", "application/grpc-web+proto"),
        call!("/mfn.MFNFeaturesService/ExtractFeatures", "application/grpc-web-text"),
        call!("/mfn.MFNSimulationService/RunSimulation", "application/json"),
        call!("/mfn.MFNFeaturesService/StreamFeatures", "application/connect+json"),
        &[],
    ],
    names: &[
        "grpc-timeout",
        "content-type",
        "te",
        "x-api-key",
        "x-timestamp",
        "x-signature",
        "x-request-id",
        "traceparent",
        "grpc-encoding",
        "content-length",
        ":path",
        ":authority",
        "connection",
        "origin",
        "connect-timeout-ms",
        "connect-protocol-version",
        "content-encoding",
        "a",
    ],
    values: &[
        "1S",
        "0n",
        "100m",
        "trailers",
        "application/grpc",
        "application/grpc+proto",
        "application/json",
        "gzip",
        "identity",
        "5",
        "0",
        "close",
        "https://app.example",
        "https://other.example",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ],
    bodies: &[
        // Nothing, a small simulation (4 x 4, 1 step), a stream of 3 frames, one that
        // computes for longer (64 x 64, 64 steps, with its field), what is out of range, what is
        // no message, a prefix alone, a compressed message, and two messages.
        &[],
        &[0, 0, 0, 0, 0],
        &[0, 0, 0, 0, 4, 0x18, 4, 0x20, 1],
        &[0, 0, 0, 0, 6, 0x18, 8, 0x20, 3, 0x28, 1],
        &[0, 0, 0, 0, 4, 0x38, 1, 0x40, 1],
        &[0, 0, 0, 0, 3, 0x18, 0xff, 0x7f],
        &[0, 0, 0, 0, 2, 0x18, 0x80],
        &[0, 0, 0, 0, 9],
        &[1, 0, 0, 0, 0],
        &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        // The same small simulation in base64, in JSON, and a stream in JSON.
        b"AAAAAAQYBCAB",
        br#"{"gridSize":4,"steps":1}"#,
        b"\0\0\0\0\x18{\"gridSize\":4,\"steps\":3}",
    ],
};

/// The first byte says how often the client reads, and the rest is its script.
pub fn check(data: &[u8]) {
    let first = [PREFACE, &Frame::new(SETTINGS, 0, 0, []).bytes()].concat();
    check_connection(data, (&first, step), Streams::default());
}

fn step(input: &mut Input<'_>) -> Step {
    next_step(input, &WORDS)
}

/// What a server sent.
#[derive(Debug, Default)]
struct Streams {
    /// What is no whole frame yet.
    unread: Vec<u8>,
    /// Streams that were answered, and whether to their end.
    answered: HashMap<u32, bool>,
    /// Streams whose calls are not recorded.
    unrecorded: HashSet<u32>,
    is_any_431: bool,
}

impl Answers for Streams {
    fn asks(&mut self, bytes: &[u8]) {
        if let Some(header) = bytes.first_chunk::<FRAME_HEADER_BYTES>()
            && PARTS_OF_UNRECORDED
                .iter()
                .any(|part| bytes.windows(part.len()).any(|at| at == *part))
        {
            let [.., a, b, c, d] = *header;
            self.unrecorded.insert(u32::from_be_bytes([a, b, c, d]) & STREAM_BITS);
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
        while let Some(frame) = self.next_frame() {
            self.check(&frame);
        }
    }

    fn recorded(&self) -> usize {
        if self.is_any_431 {
            return 0;
        }
        self.answered.keys().filter(|stream| !self.unrecorded.contains(stream)).count()
    }
}

impl Streams {
    fn next_frame(&mut self) -> Option<Frame> {
        let [a, b, c, kind, flags, stream @ ..] =
            *self.unread.first_chunk::<FRAME_HEADER_BYTES>()?;
        let length = u32::from_be_bytes([0, a, b, c]) as usize;
        let payload = self.unread.get(FRAME_HEADER_BYTES..FRAME_HEADER_BYTES + length)?.to_vec();
        self.unread.drain(..FRAME_HEADER_BYTES + length);
        Some(Frame::new(kind, flags, u32::from_be_bytes(stream), payload))
    }

    /// A server begins an answer once, and ends it once (RFC 9113, 8.1).
    fn check(&mut self, frame: &Frame) {
        let Frame { kind, stream, payload, .. } = frame;
        assert!(payload.len() <= MAX_FRAME_BYTES || *kind == DATA, "{kind} of {}", payload.len());
        if !matches!(*kind, HEADERS | DATA) {
            return;
        }
        assert!(stream % 2 == 1, "a frame of kind {kind} on stream {stream}");
        let is_last = frame.flags & END_STREAM != 0;
        let before = self.answered.insert(*stream, is_last);
        assert_ne!(before, Some(true), "a frame of kind {kind} after the end of stream {stream}");
        assert!(*kind == HEADERS || before.is_some(), "DATA on stream {stream} before its head");
        assert!(*kind == DATA || before.is_none() || is_last, "a second head on stream {stream}");
        self.is_any_431 |= *kind == HEADERS && payload.windows(3).any(|part| part == STATUS_431);
    }
}
