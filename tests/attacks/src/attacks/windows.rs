//! Answers that are asked for and not taken.

use bytes::Bytes;
use conformance_wire::frames::{Frame, INITIAL_WINDOW_SIZE, WINDOW_UPDATE};
use http::{Method, Request};
use serde_json::json;

use super::{
    Attack, CHECK, Means, RUN, STREAM, call, framed, hello, large, large_field, streams_after,
};
use crate::attacker::{Piece, Reading};

/// The largest window.
const ALL: u32 = (1 << 31) - 1;
/// What the window of a connection is before it is enlarged.
const USUAL: u32 = 65_535;

pub(super) fn all(means: &Means) -> Vec<Attack> {
    let scale = means.scale;
    let enlarged = |by: u32| Frame::new(WINDOW_UPDATE, 0, 0, by.to_be_bytes()).bytes();
    let fields = |window: u32, count: usize| {
        let wide = if window == ALL { enlarged(ALL - USUAL) } else { Vec::new() };
        let begin = [hello(&[(INITIAL_WINDOW_SIZE, window)]), wide].concat();
        vec![Piece::once(begin), calls(means, RUN, &large_field(), count)]
    };
    let frames = json!({"gridSize": 1024, "steps": 1000, "streamInterval": 1});
    let frames = framed(STREAM, &large(frames));
    let streams = [hello(&[(INITIAL_WINDOW_SIZE, ALL)]), enlarged(ALL - USUAL)].concat();
    // As many streams as a connection may have open, and room for no body of an answer.
    let unread = |head: &Request<()>, body: Bytes| {
        streams_after(&hello(&[(INITIAL_WINDOW_SIZE, 0)]), 1000, |stream| {
            vec![Frame::head(head, stream), Frame::body(body.clone(), stream)]
        })
    };
    let (check, run) = (call(&format!("/{CHECK}")), means.signed(RUN));
    let mut get = call("/");
    *get.method_mut() = Method::GET;
    let nothing = framed(CHECK, &json!({}));
    let small = framed(RUN, &json!({"gridSize": 4, "steps": 1}));
    vec![
        Attack::new(
            "a window that overflows",
            4,
            vec![Piece::once([hello(&[]), enlarged(ALL)].concat())],
        )
        .that_must_end(),
        // CVE-2019-9517.
        Attack::new("fields of 8 MiB with windows of nothing", 10, fields(0, 3 * scale)),
        Attack::new("fields of 8 MiB of which nothing is read", 10, fields(ALL, 3 * scale))
            .reading(Reading::Nothing),
        Attack::new("fields of 8 MiB that are read by bytes", 10, fields(ALL, 3 * scale))
            .reading(Reading::Slowly),
        Attack::new(
            "streams of 8 MiB frames of which nothing is read",
            10,
            vec![Piece::once(streams), calls(means, STREAM, &frames, 3 * scale)],
        )
        .reading(Reading::Nothing),
        Attack::new(
            "answers to checks of health that are not read",
            60 * scale.min(5),
            unread(&check, nothing),
        ),
        Attack::new(
            "refusals with a body that are not read",
            60 * scale.min(5),
            unread(&get, Bytes::new()),
        ),
        Attack::new(
            "answers to calls of a key that are not read",
            60 * scale.min(5),
            unread(&run, small),
        ),
        // CVE-2019-9511.
        Attack::new("a field of 8 MiB with windows of single bytes", 4, dribble(means)),
    ]
}

/// So many calls, on streams from the first one on.
fn calls(means: &Means, method: &str, body: &[u8], count: usize) -> Piece {
    let head = means.signed(method);
    let streams = (0..count as u32).map(|number| 2 * number + 1);
    let frames = streams.flat_map(|stream| [Frame::head(&head, stream), Frame::body(body, stream)]);
    Piece::once(frames.flat_map(|frame| frame.bytes()).collect::<Vec<_>>())
}

/// A call whose window is opened by a byte at a time.
fn dribble(means: &Means) -> Vec<Piece> {
    let byte = Frame::new(WINDOW_UPDATE, 0, 1, 1_u32.to_be_bytes()).bytes();
    vec![
        Piece::once(hello(&[(INITIAL_WINDOW_SIZE, 0)])),
        calls(means, RUN, &large_field(), 1),
        Piece::repeated(byte.repeat(100), 200 * means.scale),
    ]
}
