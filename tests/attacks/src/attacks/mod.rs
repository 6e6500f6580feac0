//! What there is, from single bytes to whole calls.

mod calls;
mod connections;
mod floods;
mod headers;
mod http1;
mod resets;
mod windows;

use bytes::Bytes;
use conformance_wire::frames::{Frame, PREFACE, SETTINGS};
use http::Request;
use serde_json::{Value, json};
use soak::message::framed;
use soak::signature;

use crate::attacker::{Piece, Reading, Transport};

pub(crate) const RUN: &str = "mfn.MFNSimulationService/RunSimulation";
const STREAM: &str = "mfn.MFNSimulationService/StreamSimulation";
pub(crate) const CHECK: &str = "grpc.health.v1.Health/Check";
const WATCH: &str = "grpc.health.v1.Health/Watch";
/// POST and http of the static table, and a path (RFC 7541, 6.1 and 6.2.2).
const POST_TO_ROOT: &[u8] = &[0x83, 0x86, 0x04, 1, b'/'];

/// An attack: what each of some connections sends.
#[derive(Clone, Debug)]
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) connections: usize,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) reading: Reading,
    pub(crate) transport: Transport,
    /// Whether the server has TLS.
    pub(crate) has_tls: bool,
    /// Whether the server must end all of its connections, however fast it is.
    pub(crate) must_end: bool,
}

/// What attacks are made of.
#[derive(Clone, Debug)]
pub(crate) struct Means {
    /// A secret of a key, for attackers who have one.
    pub(crate) secret: String,
    /// How many times more there is of everything in the full form.
    pub(crate) scale: usize,
}

/// All of them.
pub(crate) fn all(means: &Means) -> Vec<Attack> {
    let groups = [
        resets::all(means),
        floods::all(means),
        headers::all(means),
        windows::all(means),
        calls::all(means),
        connections::all(means),
        http1::all(means),
    ];
    groups.concat()
}

impl Attack {
    /// By HTTP/2 over plaintext, of which all is read, on so many connections.
    fn new(name: &'static str, connections: usize, pieces: Vec<Piece>) -> Self {
        let (reading, transport) = (Reading::All, Transport::Usual);
        Self { name, connections, pieces, reading, transport, has_tls: false, must_end: false }
    }

    /// The same, whose connections the server must end.
    fn that_must_end(self) -> Self {
        Self { must_end: true, ..self }
    }

    fn reading(self, reading: Reading) -> Self {
        Self { reading, ..self }
    }
}

impl Means {
    /// The head of a call of the method, with the signature of a key.
    fn signed(&self, method: &str) -> Request<()> {
        let path = format!("/{method}");
        let mut head = call(&path);
        head.headers_mut().extend(signature::headers(&self.secret, &path));
        head
    }
}

/// The head of a call without credentials.
fn call(path: &str) -> Request<()> {
    let head = Request::post(format!("http://localhost{path}"));
    let head = head.header("content-type", "application/grpc").header("te", "trailers");
    head.body(()).expect("a request")
}

/// What a connection of HTTP/2 begins with, and these settings.
fn hello(settings: &[(u8, u32)]) -> Vec<u8> {
    let settings = settings.iter().flat_map(|(id, value)| {
        let value = value.to_be_bytes();
        [0, *id, value[0], value[1], value[2], value[3]]
    });
    let settings: Vec<u8> = settings.collect();
    [PREFACE, &Frame::new(SETTINGS, 0, 0, settings).bytes()].concat()
}

/// The frames that `of` makes for each of so many streams, after what a connection begins with.
fn streams(count: usize, of: impl Fn(u32) -> Vec<Frame>) -> Vec<Piece> {
    streams_after(&hello(&[]), count, of)
}

/// The same after another beginning.
fn streams_after(hello: &[u8], count: usize, of: impl Fn(u32) -> Vec<Frame>) -> Vec<Piece> {
    let streams = (0..count as u32).map(|number| 2 * number + 1);
    // In pieces, so that the server reads some while others are sent.
    let pieces: Vec<_> = streams.collect();
    let pieces = pieces.chunks(100).map(|streams| {
        let frames = streams.iter().flat_map(|stream| of(*stream));
        Piece::once(frames.flat_map(|frame| frame.bytes()).collect::<Vec<_>>())
    });
    [Piece::once(hello.to_vec())].into_iter().chain(pieces).collect()
}

/// The message of a field of 8 MiB.
fn large_field() -> Bytes {
    framed(RUN, &large(json!({"gridSize": 1024, "steps": 1})))
}

fn large(mut request: Value) -> Value {
    request["includeField"] = Value::Bool(true);
    request
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_attack_has_a_name_of_its_own_and_something_to_send() {
        let means = Means { secret: "secret".to_owned(), scale: 1 };
        let attacks = all(&means);
        let names: HashSet<_> = attacks.iter().map(|attack| attack.name).collect();
        assert_eq!(names.len(), attacks.len());
        for Attack { name, connections, .. } in &attacks {
            assert!(*connections > 0, "{name}");
        }
        let names: Vec<_> = attacks.iter().map(|attack| attack.name).collect();
        insta::assert_snapshot!(names.join("\n"));
    }
}
