use conformance_wire::frames::{ACK, END_STREAM, INITIAL_WINDOW_SIZE, PREFACE, literal};

use super::*;
use crate::oracle_failures::assert_fails_with;

const PRIORITY: u8 = 2;
const PUSH_PROMISE: u8 = 5;
/// The setting of the longest frame.
const MAX_FRAME_SIZE: u8 = 5;
const MAX_FRAME_BYTES: usize = 16 * 1024;

/// A client that has sent its SETTINGS, a PING, calls on the streams 1 and 3, and `asked`, and
/// to which `sent` have come.
fn client(asked: &[Frame], sent: &[Frame]) -> Streams {
    let mut streams = Streams::default();
    streams.asks(PREFACE);
    for frame in [&[settings(&[]), ping(0), call(1), call(3)], asked].concat() {
        streams.asks(&frame.bytes());
    }
    for frame in sent {
        streams.take(&frame.bytes());
    }
    streams
}

/// The same, once the server has begun.
fn answered(asked: &[Frame], sent: &[Frame]) -> Streams {
    client(asked, &[&[settings(&[])], sent].concat())
}

/// The head of a call that is named after its stream.
fn call(stream: u32) -> Frame {
    let mut block = Vec::new();
    literal(&mut block, "x-request-id", tag(stream));
    Frame::new(HEADERS, END_HEADERS, stream, block)
}

fn head(stream: u32) -> Frame {
    Frame::new(HEADERS, END_HEADERS, stream, [])
}

fn last_head(stream: u32) -> Frame {
    Frame::new(HEADERS, END_HEADERS | END_STREAM, stream, [])
}

/// One that goes on in another frame.
fn open_head(stream: u32) -> Frame {
    Frame::new(HEADERS, 0, stream, [])
}

fn continuation(stream: u32) -> Frame {
    Frame::new(CONTINUATION, END_HEADERS, stream, [])
}

fn data(stream: u32, bytes: usize) -> Frame {
    Frame::new(DATA, 0, stream, vec![0; bytes])
}

fn with_number(kind: u8, stream: u32, number: u32) -> Frame {
    Frame::new(kind, 0, stream, number.to_be_bytes())
}

fn settings(entries: &[(u8, u32)]) -> Frame {
    let entry = |(id, value): &(u8, u32)| [&[0, *id][..], &value.to_be_bytes()].concat();
    Frame::new(SETTINGS, 0, 0, entries.iter().flat_map(entry).collect::<Vec<_>>())
}

fn ping(flags: u8) -> Frame {
    Frame::new(PING, flags, 0, [7; 8])
}

fn goaway(last: u32) -> Frame {
    Frame::new(GOAWAY, 0, 0, [last.to_be_bytes(), [0; 4]].concat())
}

#[test]
fn what_a_server_may_send_is_accepted() {
    let sent = [
        Frame::new(SETTINGS, ACK, 0, []),
        ping(ACK),
        with_number(WINDOW_UPDATE, 0, 1),
        with_number(WINDOW_UPDATE, 1, 1),
        open_head(1),
        continuation(1),
        data(1, MAX_FRAME_BYTES),
        last_head(1),
        last_head(3),
        with_number(RST_STREAM, 3, 0),
        goaway(3),
        goaway(1),
    ];
    let streams = answered(&[], &sent);
    streams.check(Recorded::of_calls(&["stream-00000001", "stream-00000003"]));
}

#[test]
fn what_no_server_may_send_is_refused() {
    let ack = || Frame::new(SETTINGS, ACK, 0, []);
    let reset = |stream| with_number(RST_STREAM, stream, 0);
    for (told, sent) in [
        ("kind 0 with 1 bytes on stream 5, which nobody asked for", vec![data(5, 1)]),
        ("kind 0 with 1 bytes on stream 1 before its head", vec![data(1, 1)]),
        ("kind 0 with 1 bytes on stream 1 after its end", vec![last_head(1), data(1, 1)]),
        ("kind 0 with 16385 bytes on stream 1", vec![head(1), data(1, MAX_FRAME_BYTES + 1)]),
        ("kind 1 with 0 bytes on stream 5, which nobody asked for", vec![head(5)]),
        ("kind 1 with 0 bytes on stream 1 is a second head", vec![head(1), head(1)]),
        ("kind 1 with 0 bytes on stream 1 after its end", vec![last_head(1), last_head(1)]),
        ("kind 1 with 0 bytes on stream 1 after its end", vec![reset(1), head(1)]),
        ("kind 0 with 1 bytes on stream 1 within a head", vec![open_head(1), data(1, 1)]),
        ("kind 9 with 0 bytes on stream 3 within a head", vec![open_head(1), continuation(3)]),
        ("kind 9 with 0 bytes on stream 1 behind no head", vec![head(1), continuation(1)]),
        (
            "kind 2 with 5 bytes on stream 1, which no server",
            vec![Frame::new(PRIORITY, 0, 1, [0; 5])],
        ),
        ("kind 3 with 4 bytes on stream 0", vec![reset(0)]),
        ("kind 3 with 4 bytes on stream 5, which nobody asked for", vec![reset(5)]),
        ("kind 3 with 3 bytes on stream 1", vec![Frame::new(RST_STREAM, 0, 1, [0; 3])]),
        ("kind 4 with 0 bytes on stream 1", vec![Frame::new(SETTINGS, 0, 1, [])]),
        ("kind 4 with 5 bytes on stream 0", vec![Frame::new(SETTINGS, 0, 0, [0; 5])]),
        ("kind 4 with 6 bytes on stream 0", vec![Frame::new(SETTINGS, ACK, 0, [0; 6])]),
        ("kind 4 with 0 bytes on stream 0", vec![ack(), ack()]),
        ("kind 5 with 4 bytes on stream 1, which no server", vec![with_number(PUSH_PROMISE, 1, 2)]),
        ("kind 6 with 8 bytes on stream 1", vec![Frame::new(PING, ACK, 1, [7; 8])]),
        ("kind 6 with 7 bytes on stream 0", vec![Frame::new(PING, ACK, 0, [7; 7])]),
        ("kind 6 with 8 bytes on stream 0", vec![ping(ACK), ping(ACK)]),
        ("kind 7 with 8 bytes on stream 1", vec![Frame::new(GOAWAY, 0, 1, [0; 8])]),
        ("kind 7 with 7 bytes on stream 0", vec![Frame::new(GOAWAY, 0, 0, [0; 7])]),
        ("kind 7 with 8 bytes on stream 0 goes back", vec![goaway(1), goaway(3)]),
        ("kind 8 with 3 bytes on stream 0", vec![Frame::new(WINDOW_UPDATE, 0, 0, [1; 3])]),
        ("kind 8 with 4 bytes on stream 0", vec![with_number(WINDOW_UPDATE, 0, 0)]),
        ("kind 8 with 4 bytes on stream 5, which nobody", vec![with_number(WINDOW_UPDATE, 5, 1)]),
    ] {
        assert_fails_with(told, || answered(&[], &sent));
    }
    let told = "kind 1 with 0 bytes on stream 1 before SETTINGS";
    assert_fails_with(told, || client(&[], &[head(1)]));
    let told = "kind 4 with 0 bytes on stream 0 before SETTINGS";
    assert_fails_with(told, || client(&[], &[ack()]));
}

#[test]
fn data_fit_into_both_windows() {
    let body = |stream, bytes: usize| {
        let frames = (0..bytes).step_by(MAX_FRAME_BYTES);
        let frames = frames.map(|at| data(stream, MAX_FRAME_BYTES.min(bytes - at)));
        [head(stream)].into_iter().chain(frames).collect::<Vec<_>>()
    };
    let window = |stream, more| with_number(WINDOW_UPDATE, stream, more);
    let first_window = |bytes| settings(&[(INITIAL_WINDOW_SIZE, bytes)]);
    for (asked, sent) in [
        (vec![], body(1, 65_535)),
        (vec![], [body(1, 60_000), body(3, 5_535)].concat()),
        (vec![window(0, 1), window(1, 1)], body(1, 65_536)),
        (vec![window(0, 1), first_window(65_536)], body(1, 65_536)),
        // The server may have sent that much before it was told.
        (vec![first_window(10)], body(1, 65_535)),
        (vec![first_window(10), call(5)], body(5, 10)),
        (vec![settings(&[(MAX_FRAME_SIZE, 20_000)])], vec![head(1), data(1, 20_000)]),
    ] {
        answered(&asked, &sent);
    }
    for (told, asked, sent) in [
        ("16384 bytes on stream 1 is beyond its window", vec![], body(1, 65_536)),
        ("on stream 1 is beyond its window", vec![window(0, 1), window(3, 1)], body(1, 65_536)),
        ("on stream 5 is beyond its window", vec![first_window(10), call(5)], body(5, 11)),
        ("on stream 1 is beyond the connection's window", vec![window(1, 1)], body(1, 65_536)),
        (
            "on stream 3 is beyond the connection's window",
            vec![],
            [body(1, 60_000), body(3, 5_536)].concat(),
        ),
    ] {
        assert_fails_with(told, || answered(&asked, &sent));
    }
}

#[test]
fn each_answer_has_a_line_of_the_audit() {
    // A call that has no name, one for health, and an answer of the transport itself.
    let asked = [head(5), Frame::new(HEADERS, END_HEADERS, 7, *b"/grpc.health.v1"), head(9)];
    let status_431 = Frame::new(HEADERS, END_HEADERS | END_STREAM, 9, STATUS_431);
    let sent = [last_head(1), last_head(5), last_head(7), status_431];
    let answers = || answered(&asked, &sent);
    let (first, third) = ("stream-00000001", "stream-00000003");
    for ids in [vec![first, "a"], vec![first, third, "a"]] {
        answers().check(Recorded::of_calls(&ids));
    }
    let counted = br#"{"kind":"audit","count":2}"#;
    answers().check(Recorded::of(counted));
    for (told, ids) in [
        ("2 calls were answered, and 0 are in", vec![]),
        ("1 calls were answered, and 0 are in", vec![first]),
        ("1 calls were answered, and 0 are in", vec![first, third]),
        ("2 calls were answered, and 1 are in", vec!["a", third]),
        ("a call of 1 is recorded twice", vec![first, first, "a"]),
        ("a call of 3 is recorded twice", vec![first, third, third, "a"]),
    ] {
        assert_fails_with(told, || answers().check(Recorded::of_calls(&ids)));
    }
}
