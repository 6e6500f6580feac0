//! What there is, from single bytes to whole calls.

mod calls;
mod connections;
mod floods;
mod form;
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
pub(crate) use form::Form;

pub(crate) const RUN: &str = "mfn.MFNSimulationService/RunSimulation";
const STREAM: &str = "mfn.MFNSimulationService/StreamSimulation";
pub(crate) const CHECK: &str = "grpc.health.v1.Health/Check";
const WATCH: &str = "grpc.health.v1.Health/Watch";
/// POST and http of the static table, and a path (RFC 7541, 6.1 and 6.2.2).
const POST_TO_ROOT: &[u8] = &[0x83, 0x86, 0x04, 1, b'/'];
/// Bytes of the largest field.
const FIELD_BYTES: usize = 8 << 20;

/// An attack: what each of some connections sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    /// The same in more words.
    pub(crate) sends: &'static str,
    /// What others have called it; nothing where nobody has.
    pub(crate) known_as: &'static str,
    pub(crate) connections: usize,
    pub(crate) pieces: fn(&Means) -> Vec<Piece>,
    pub(crate) reading: Reading,
    pub(crate) transport: Transport,
    /// Whether the server has TLS.
    pub(crate) has_tls: bool,
    /// Whether the server must end all of its connections, however fast it is.
    pub(crate) must_end: bool,
    /// Whether it has other connections make way for its own, those of the honest client too.
    pub(crate) displaces: bool,
    pub(crate) stake: Stake,
}

/// What a server would hold that has no bounds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stake {
    /// Too little to tell it from a server that has some.
    Little,
    /// All that it is sent.
    Sent,
    /// So many bytes for each connection.
    Asked(usize),
}

/// What attacks are made of.
#[derive(Clone, Debug)]
pub(crate) struct Means {
    /// A secret of a key, for attackers who have one.
    pub(crate) secret: String,
    pub(crate) form: Form,
}

/// All of them.
pub(crate) fn all(form: Form) -> Vec<Attack> {
    let groups = [
        resets::all(),
        floods::all(),
        headers::all(form),
        windows::all(form),
        calls::all(form),
        connections::all(form),
        http1::all(form),
    ];
    groups.concat()
}

impl Attack {
    /// By HTTP/2 over plaintext, of which all is read, on so many connections.
    fn new(name: &'static str, connections: usize, pieces: fn(&Means) -> Vec<Piece>) -> Self {
        Self {
            name,
            sends: "",
            known_as: "",
            connections,
            pieces,
            reading: Reading::All,
            transport: Transport::Usual,
            has_tls: false,
            must_end: false,
            displaces: false,
            stake: Stake::Little,
        }
    }

    fn sends(self, sends: &'static str) -> Self {
        Self { sends, ..self }
    }

    fn known_as(self, known_as: &'static str) -> Self {
        Self { known_as, ..self }
    }

    fn reading(self, reading: Reading) -> Self {
        Self { reading, ..self }
    }

    fn by(self, transport: Transport) -> Self {
        Self { transport, ..self }
    }

    fn with_tls(self) -> Self {
        Self { has_tls: true, ..self }
    }

    /// The same, whose connections the server must end.
    fn that_must_end(self) -> Self {
        Self { must_end: true, ..self }
    }

    fn that_displaces_others(self) -> Self {
        Self { displaces: true, ..self }
    }

    /// The same, which fills a server that keeps all it is sent.
    fn that_fills_by_sending(self) -> Self {
        Self { stake: Stake::Sent, ..self }
    }

    /// The same, which fills a server that holds so many bytes for each connection.
    fn that_fills_by_asking(self, bytes: usize) -> Self {
        Self { stake: Stake::Asked(bytes), ..self }
    }

    /// Bytes that a server without bounds would hold, where these pieces are sent on each
    /// connection.
    pub(crate) fn at_stake(&self, pieces: &[Piece]) -> Option<usize> {
        let each = match self.stake {
            Stake::Little => return None,
            Stake::Sent => pieces.iter().map(|piece| piece.bytes.len() * piece.times).sum(),
            Stake::Asked(bytes) => bytes,
        };
        Some(each * self.connections)
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
    [PREFACE, &self::settings(settings).bytes()].concat()
}

fn settings(settings: &[(u8, u32)]) -> Frame {
    let settings = settings.iter().flat_map(|(id, value)| {
        let value = value.to_be_bytes();
        [0, *id, value[0], value[1], value[2], value[3]]
    });
    Frame::new(SETTINGS, 0, 0, settings.collect::<Vec<_>>())
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

/// The message of a small call.
fn small() -> Bytes {
    framed(RUN, &json!({"gridSize": 4, "steps": 1}))
}

/// The message of a call that computes for many seconds: a few of them that go on without a caller
/// show for minutes.
fn long() -> Bytes {
    framed(RUN, &json!({"gridSize": 1024, "steps": 10_000, "turingEnabled": true}))
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
    fn each_attack_has_a_name_of_its_own_and_says_what_it_sends() {
        let attacks = all(Form::SHORT);
        let names: HashSet<_> = attacks.iter().map(|attack| attack.name).collect();
        assert_eq!(names.len(), attacks.len());
        for Attack { name, sends, connections, .. } in &attacks {
            assert!(*connections > 0 && !sends.is_empty(), "{name}");
        }
    }

    #[test]
    fn what_could_fill_a_server_is_more_than_it_may_have() {
        for form in [Form::SHORT, Form::FULL] {
            let means = Means { secret: "secret".to_owned(), form };
            let mut filling = 0;
            for attack in all(form) {
                let pieces = (attack.pieces)(&means);
                let Some(bytes) = attack.at_stake(&pieces) else { continue };
                filling += 1;
                let mib = bytes as f64 / f64::from(1 << 20);
                let bound = form.bound_mib();
                assert!(mib > 1.2 * bound, "{}: {mib:.0} MiB of {bound:.0}", attack.name);
            }
            assert!(filling > 10);
        }
    }
}
