//! A connection of HTTP/2 to the server, frame by frame, in time that only the script moves.
//!
//! Whatever a client sends, the server panics nowhere, ends the connection once its
//! client has gone, and then holds nothing of it; it sends only frames that it may send to a
//! client that has sent this, serves none without its key, and answers no call that its audit
//! does not have.

use conformance_wire::frames::{Frame, PREFACE, SETTINGS};

use crate::frames::{Step, Vocabulary, next_step};
use crate::input::Input;
use crate::served::check_connection;
use crate::streams::Streams;

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
    names_calls: true,
};

/// The first byte says how often the client reads and whether the server has a key, and the rest
/// is its script.
pub fn check(data: &[u8]) {
    let first = [PREFACE, &Frame::new(SETTINGS, 0, 0, []).bytes()].concat();
    check_connection(data, (&first, step), Streams::default());
}

fn step(input: &mut Input<'_>) -> Step {
    next_step(input, &WORDS)
}
