//! Calls that are refused, without end, or that never end.

use conformance_wire::frames::{DATA, Frame};
use conformance_wire::messages::prefix;
use http::Request;

use super::{Attack, CHECK, Means, RUN, WATCH, call, framed, hello, streams};
use crate::attacker::Piece;
use serde_json::json;

/// A message that is begun says that it has so many bytes.
const UPLOAD_BYTES: usize = 99 << 20;
/// An unknown field of bytes: number 15.
const UNKNOWN_FIELD: u8 = 15 << 3 | 2;
/// What fits in a frame.
const FRAME_BYTES: usize = 16 * 1024;

pub(super) fn all(means: &Means) -> Vec<Attack> {
    let scale = means.scale;
    let small = framed(RUN, &json!({"gridSize": 4, "steps": 1}));
    let run = format!("/{RUN}");
    let flood = |head: Request<()>, body: bytes::Bytes| {
        streams(2500 * scale, move |stream| {
            vec![Frame::head(&head, stream), Frame::body(body.clone(), stream)]
        })
    };
    let mut forged = means.signed(RUN);
    forged.headers_mut().insert("x-signature", "0".repeat(64).parse().expect("a header"));
    let mut garbled = call(&run);
    for (name, value) in [("x-api-key", "k"), ("x-timestamp", "yesterday"), ("x-signature", "?")] {
        garbled.headers_mut().insert(name, value.parse().expect("a header"));
    }
    let nothing = framed(CHECK, &json!({}));
    let watches = streams(200, |stream| {
        vec![Frame::head(&call(&format!("/{WATCH}")), stream), Frame::body(nothing.clone(), stream)]
    });
    let pieces = 128 * scale.min(10);
    vec![
        Attack::new("flood of calls without credentials", 4, flood(call(&run), small.clone())),
        Attack::new("flood of forged signatures", 4, flood(forged, small.clone())),
        Attack::new("flood of garbled credentials", 4, flood(garbled, small.clone())),
        Attack::new("flood of calls beyond a key's limit", 4, flood(means.signed(RUN), small)),
        Attack::new("flood of unknown methods", 4, flood(call("/a.B/C"), nothing.clone())),
        Attack::new("watches of health", 10 * scale, watches),
        Attack::new(
            "requests of 99 MiB that are not ended",
            30,
            upload(&means.signed(RUN), pieces),
        ),
        Attack::new(
            "requests of 99 MiB that are not ended, without a key",
            30,
            upload(&call(&format!("/{CHECK}")), pieces),
        ),
        Attack::new(
            "requests in frames of a byte",
            100 * scale.min(10),
            bytewise(&means.signed(RUN), 3000),
        ),
    ]
}

/// The beginning of a large message, and so many frames of it.
fn upload(head: &Request<()>, frames: usize) -> Vec<Piece> {
    let varint = [0, 7, 14, 21].map(|shift| {
        let more = if shift < 21 { 0x80 } else { 0 };
        (UPLOAD_BYTES >> shift) as u8 & 0x7f | more
    });
    let begin = [&prefix(UPLOAD_BYTES + 6)[..], &[UNKNOWN_FIELD], &varint].concat();
    let begun = [Frame::head(head, 1).bytes(), Frame::new(DATA, 0, 1, begin).bytes()].concat();
    let zeros = Frame::new(DATA, 0, 1, vec![0; FRAME_BYTES]).bytes();
    vec![Piece::once(hello(&[])), Piece::once(begun), Piece::repeated(zeros, frames)]
}

/// A message of so many bytes, each in a frame of its own, and an end that does not come.
fn bytewise(head: &Request<()>, bytes: usize) -> Vec<Piece> {
    let prefix = Frame::new(DATA, 0, 1, prefix(2 * bytes)).bytes();
    let begun = [hello(&[]), Frame::head(head, 1).bytes(), prefix].concat();
    let byte = Frame::new(DATA, 0, 1, [0x18]).bytes();
    vec![Piece::once(begun), Piece::once(byte.repeat(bytes))]
}

#[cfg(test)]
mod tests {
    use conformance_wire::frames::END_STREAM;

    use super::*;

    #[test]
    fn a_call_of_a_flood_ends_its_stream() {
        let body = Frame::body(framed(RUN, &json!({})), 1);
        assert_eq!(body.flags, END_STREAM);
    }

    #[test]
    fn an_upload_begins_with_a_field_that_is_as_long_as_it_says() {
        let pieces = upload(&call("/a.B/C"), 1);
        // 99 << 20 in groups of seven bits.
        assert!(pieces[1].bytes.ends_with(&[UNKNOWN_FIELD, 0x80, 0x80, 0xc0, 0x31]));
    }
}
