//! Calls that are refused, without end, or that never end.

use bytes::Bytes;
use conformance_wire::frames::{ACK, DATA, Frame, SETTINGS};
use conformance_wire::messages::prefix;
use http::Request;

use super::{Attack, CHECK, Form, Means, RUN, WATCH, call, framed, hello, small, streams};
use crate::attacker::Piece;
use serde_json::json;

/// A message that is begun says that it has so many bytes.
const UPLOAD_BYTES: usize = 99 << 20;
/// An unknown field of bytes: number 15.
const UNKNOWN_FIELD: u8 = 15 << 3 | 2;
/// The name of a call, or of the service whose health is asked for: number 1.
const KNOWN_FIELD: u8 = 1 << 3 | 2;
/// The beginning of a group of an unknown field.
const GROUP: u8 = 15 << 3 | 3;
/// What fits in a frame.
const FRAME_BYTES: usize = 16 * 1024;
/// Connections of uploads.
const UPLOADS: usize = 30;

pub(super) fn all(form: Form) -> Vec<Attack> {
    let uploads = |name, pieces| Attack::new(name, UPLOADS, pieces).that_fills_by_sending();
    vec![
        Attack::new("flood of calls without credentials", 4, |means| {
            flood(means, &call(&format!("/{RUN}")), &small())
        })
        .sends("calls without a key"),
        Attack::new("flood of forged signatures", 4, |means| {
            let mut forged = means.signed(RUN);
            forged.headers_mut().insert("x-signature", "0".repeat(64).parse().expect("a header"));
            flood(means, &forged, &small())
        })
        .sends("calls with a key and a wrong signature"),
        Attack::new("flood of garbled credentials", 4, |means| {
            let mut garbled = call(&format!("/{RUN}"));
            let credentials =
                [("x-api-key", "k"), ("x-timestamp", "yesterday"), ("x-signature", "?")];
            for (name, value) in credentials {
                garbled.headers_mut().insert(name, value.parse().expect("a header"));
            }
            flood(means, &garbled, &small())
        })
        .sends("calls with credentials that cannot be read"),
        Attack::new("flood of calls beyond a key's limit", 4, |means| {
            flood(means, &means.signed(RUN), &small())
        })
        .sends("signed calls, more than the key may make"),
        Attack::new("flood of unknown methods", 4, |means| {
            flood(means, &call("/a.B/C"), &framed(CHECK, &json!({})))
        })
        .sends("calls of a method that there is not"),
        Attack::new("watches of health", 10 * form.scale, |_| {
            let (head, nothing) = (call(&format!("/{WATCH}")), framed(CHECK, &json!({})));
            streams(200, |stream| {
                vec![Frame::head(&head, stream), Frame::body(nothing.clone(), stream)]
            })
        })
        .sends("200 watches of health on each connection, which have no end"),
        uploads("requests of 99 MiB that are not ended", |means| {
            upload(means, &means.signed(RUN), &field(UNKNOWN_FIELD), 0)
        })
        .sends("a signed call with an unknown field of 99 MiB, which stops somewhere"),
        uploads("requests of 99 MiB that are not ended, without a key", |means| {
            upload(means, &call(&format!("/{CHECK}")), &field(UNKNOWN_FIELD), 0)
        })
        .sends("the same without a key, to the service of health"),
        uploads("requests with a known field of 99 MiB", |means| {
            upload(means, &means.signed(RUN), &field(KNOWN_FIELD), b'a')
        })
        .sends("a signed call whose name has 99 MiB, and stops somewhere"),
        uploads("requests with a known field of 99 MiB, without a key", |means| {
            upload(means, &call(&format!("/{CHECK}")), &field(KNOWN_FIELD), b'a')
        })
        .sends("the same without a key, to the service of health"),
        uploads("requests of groups in groups", |means| {
            upload(means, &means.signed(RUN), &[], GROUP)
        })
        .sends("a signed call with millions of groups, each in the one before")
        .known_as("CVE-2024-7254"),
        Attack::new("requests in frames of a byte", 100 * form.scale, |means| {
            bytewise(&means.signed(RUN), 3000)
        })
        .sends("a signed call, each byte of it in a frame of its own, which stops somewhere"),
    ]
}

/// Calls with this head and body, and their ends.
fn flood(means: &Means, head: &Request<()>, body: &Bytes) -> Vec<Piece> {
    streams(2500 * means.form.scale, |stream| {
        vec![Frame::head(head, stream), Frame::body(body.clone(), stream)]
    })
}

/// A message of [`UPLOAD_BYTES`] and what is before them, and so many frames of the same byte
/// that it fills a server.
fn upload(means: &Means, head: &Request<()>, before: &[u8], byte: u8) -> Vec<Piece> {
    let begin = [&prefix(UPLOAD_BYTES + before.len())[..], before].concat();
    // What the server sets holds once it is acknowledged, and its window is larger than the usual.
    let acknowledged = Frame::new(SETTINGS, ACK, 0, []).bytes();
    let head = Frame::head(head, 1).bytes();
    let times = means.form.share(UPLOADS) / FRAME_BYTES + 1;
    vec![
        Piece::once([hello(&[]), acknowledged, head].concat()),
        Piece::data(&begin, 1),
        Piece::data(&[byte; FRAME_BYTES], times),
    ]
}

/// What a field of [`UPLOAD_BYTES`] begins with.
fn field(tag: u8) -> Vec<u8> {
    let varint = [0, 7, 14, 21].map(|shift| {
        let more = if shift < 21 { 0x80 } else { 0 };
        (UPLOAD_BYTES >> shift) as u8 & 0x7f | more
    });
    [&[tag][..], &varint].concat()
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
        let body = Frame::body(small(), 1);
        assert_eq!(body.flags, END_STREAM);
    }

    #[test]
    fn an_upload_begins_with_a_field_that_is_as_long_as_it_says_and_does_not_end() {
        let means = Means { secret: "secret".to_owned(), form: Form::FULL };
        let pieces = upload(&means, &call("/a.B/C"), &field(UNKNOWN_FIELD), 0);
        // 99 << 20 in groups of seven bits.
        assert!(pieces[1].bytes.ends_with(&[UNKNOWN_FIELD, 0x80, 0x80, 0xc0, 0x31]));
        assert!(pieces[2].times * FRAME_BYTES < UPLOAD_BYTES);
    }
}
