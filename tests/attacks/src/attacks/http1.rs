//! The same by HTTP/1.1.

use serde_json::json;
use soak::signature;

use super::{Attack, FIELD_BYTES, Form, Means, RUN, large};
use crate::attacker::{Piece, Reading};

/// A request for nothing much.
const GET: &[u8] = b"GET /mfn.A/B HTTP/1.1\r\nhost: localhost\r\n\r\n";
const JSON: &str = "content-type: application/json\r\n";
const CHUNKED: &str = "content-type: application/json\r\ntransfer-encoding: chunked\r\n";
const CHUNK_BYTES: usize = 16 * 1024;
/// Connections that send much.
const UPLOADS: usize = 30;

pub(super) fn all(form: Form) -> Vec<Attack> {
    vec![
        Attack::new("HTTP/1.1: heads that never end", form.many(), |_| {
            vec![Piece::once(&b"POST / HTTP/1.1\r\nhost: localhost\r\nx: "[..])]
        })
        .sends("the beginning of a head")
        .known_as("slowloris, CVE-2007-6750")
        .that_must_end(),
        Attack::new("HTTP/1.1: a header without end", 4, |means| {
            let begun = &b"POST / HTTP/1.1\r\nhost: localhost\r\nx: "[..];
            let times = means.form.share(4) / CHUNK_BYTES + 1;
            vec![Piece::once(begun), Piece::repeated("y".repeat(CHUNK_BYTES), times)]
        })
        .sends("a header of megabytes whose end does not come")
        .that_must_end()
        .that_fills_by_sending(),
        Attack::new("HTTP/1.1: heads of 200 headers", 4, |means| {
            vec![Piece::repeated(get(&"x: y\r\n".repeat(200)), 100 * means.form.scale)]
        })
        .sends("requests with 200 headers"),
        Attack::new("HTTP/1.1: heads of 64 KiB", 4, |means| {
            let long = format!("x: {}\r\n", "y".repeat(64 * 1024));
            vec![Piece::repeated(get(&long), 10 * means.form.scale)]
        })
        .sends("requests with a header of 64 KiB")
        .that_must_end(),
        Attack::new("HTTP/1.1: pipelines of which nothing is read", 20, |means| {
            vec![Piece::repeated(GET.repeat(1000), 10 * means.form.scale)]
        })
        .sends("ten thousand requests at once; it reads nothing")
        .reading(Reading::Nothing),
        Attack::new("HTTP/1.1: bodies in chunks of a byte", 20, |means| {
            let chunks = b"1\r\n \r\n".repeat(1000);
            vec![begun(means, CHUNKED), Piece::repeated(chunks, 20 * means.form.scale)]
        })
        .sends("a signed call by Connect, each byte of it in a chunk of its own"),
        Attack::new("HTTP/1.1: chunks with long extensions", UPLOADS, |means| {
            let extended = format!("1;{}\r\nx\r\n", "e".repeat(8 * 1024));
            vec![begun(means, CHUNKED), filling(means, extended)]
        })
        .sends("a signed call in chunks of a byte, each with an extension of 8 KiB")
        .known_as("CVE-2023-39326")
        .that_fills_by_sending(),
        Attack::new("HTTP/1.1: bodies that do not come", 200 * form.scale.min(8), |means| {
            let begun = head(means, &format!("{JSON}content-length: 103809024\r\n"));
            vec![Piece::once([&begun[..], &[b' '; 1024]].concat())]
        })
        .sends("a signed call with the first KiB of a body of 99 MiB")
        .known_as("R.U.D.Y."),
        Attack::new("HTTP/1.1: a long text of JSON that is not ended", UPLOADS, |means| {
            unended(means, br#"{"requestId":""#, &[b'a'; CHUNK_BYTES])
        })
        .sends("a signed call by Connect whose name has megabytes, and no end")
        .that_fills_by_sending(),
        Attack::new("HTTP/1.1: a long text of unknown JSON that is not ended", UPLOADS, |means| {
            unended(means, br#"{"x":""#, &[b'a'; CHUNK_BYTES])
        })
        .sends("a signed call by Connect with an unknown field of megabytes, and no end")
        .that_fills_by_sending(),
        Attack::new("HTTP/1.1: JSON in JSON that is not ended", UPLOADS, |means| {
            unended(means, br#"{"x":"#, &[b'['; CHUNK_BYTES])
        })
        .sends("a signed call by Connect with millions of lists, each in the one before")
        .that_fills_by_sending(),
        Attack::new("HTTP/1.1: JSON of many fields that is not ended", UPLOADS, |means| {
            unended(means, br#"{"seed":1"#, &br#","seed":1"#.repeat(CHUNK_BYTES / 9))
        })
        .sends("a signed call by Connect with the same field millions of times")
        .that_fills_by_sending(),
        Attack::new("HTTP/1.1: fields of 8 MiB that are read by bytes", form.fields(1), |means| {
            vec![Piece::once(field(means))]
        })
        .sends("a signed call whose answer is long; it reads 64 bytes now and then")
        .known_as("slow read")
        .reading(Reading::Slowly)
        .that_fills_by_asking(FIELD_BYTES),
        Attack::new(
            "HTTP/1.1: fields of 8 MiB of which nothing is read",
            form.fields(1),
            |means| vec![Piece::repeated(field(means), 3)],
        )
        .sends("signed calls whose answers are long; it reads nothing")
        .known_as("slow read")
        .reading(Reading::Nothing)
        .that_fills_by_asking(FIELD_BYTES),
    ]
}

/// A call by Connect that begins so, and has so many of these bytes after it that they fill a server.
fn unended(means: &Means, begin: &[u8], more: &[u8]) -> Vec<Piece> {
    vec![begun(means, CHUNKED), Piece::once(chunk(begin)), filling(means, chunk(more))]
}

/// These bytes so often that they fill a server.
fn filling(means: &Means, bytes: impl Into<Vec<u8>>) -> Piece {
    let bytes = bytes.into();
    let times = means.form.share(UPLOADS) / bytes.len() + 1;
    Piece::repeated(bytes, times)
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// A request for nothing much with these headers.
fn get(headers: &str) -> String {
    format!("GET / HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n")
}

/// A call whose answer has a field of 8 MiB.
fn field(means: &Means) -> Vec<u8> {
    let body = large(json!({"gridSize": 1024, "steps": 1})).to_string();
    let head = head(means, &format!("{JSON}content-length: {}\r\n", body.len()));
    [head, body.into_bytes()].concat()
}

fn begun(means: &Means, headers: &str) -> Piece {
    Piece::once(head(means, headers))
}

/// The head of a call with the signature of a key, and these headers.
fn head(means: &Means, headers: &str) -> Vec<u8> {
    let path = format!("/{RUN}");
    let mut head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n{headers}").into_bytes();
    for (name, value) in &signature::headers(&means.secret, &path) {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend(b"\r\n");
    head
}
