//! The same by HTTP/1.1.

use serde_json::json;
use soak::signature;

use super::{Attack, Means, RUN, large};
use crate::attacker::{Piece, Reading};

/// A request for nothing much.
const GET: &[u8] = b"GET /mfn.A/B HTTP/1.1\r\nhost: localhost\r\n\r\n";

pub(super) fn all(means: &Means) -> Vec<Attack> {
    let scale = means.scale;
    let post = |more: &str| signed(means, more);
    let json = "content-type: application/json\r\n";
    let chunked = post(&format!("{json}transfer-encoding: chunked\r\n"));
    let announced = post(&format!("{json}content-length: 103809024\r\n"));
    let field = large(json!({"gridSize": 1024, "steps": 1})).to_string();
    let body = format!("content-length: {}\r\n", field.len());
    let call = [post(&format!("{json}{body}")), field.into_bytes()].concat();
    let extension = format!("1;{}\r\nx\r\n", "e".repeat(8 * 1024));
    let headers = "x: y\r\n".repeat(200);
    let long = format!("x: {}\r\n", "y".repeat(64 * 1024));
    let request = |more: &str| format!("GET / HTTP/1.1\r\nhost: localhost\r\n{more}\r\n");
    vec![
        Attack::new(
            "HTTP/1.1: heads that never end",
            400 * scale.min(8),
            vec![Piece::once(&b"POST / HTTP/1.1\r\nhost: localhost\r\nx: "[..])],
        )
        .that_must_end(),
        Attack::new(
            "HTTP/1.1: heads of 200 headers",
            4,
            vec![Piece::repeated(request(&headers), 100 * scale)],
        ),
        Attack::new(
            "HTTP/1.1: heads of 64 KiB",
            4,
            vec![Piece::repeated(request(&long), 10 * scale)],
        )
        .that_must_end(),
        Attack::new(
            "HTTP/1.1: pipelines of which nothing is read",
            20,
            vec![Piece::repeated(GET.repeat(1000), 10 * scale)],
        )
        .reading(Reading::Nothing),
        Attack::new(
            "HTTP/1.1: bodies in chunks of a byte",
            20,
            vec![
                Piece::once(chunked.clone()),
                Piece::repeated(b"1\r\n \r\n".repeat(1000), 20 * scale),
            ],
        ),
        Attack::new(
            "HTTP/1.1: chunks with long extensions",
            20,
            vec![Piece::once(chunked), Piece::repeated(extension, 100 * scale)],
        ),
        Attack::new(
            "HTTP/1.1: bodies that do not come",
            200 * scale.min(8),
            vec![Piece::once([&announced[..], &[b' '; 1024]].concat())],
        ),
        Attack::new(
            "HTTP/1.1: fields of 8 MiB that are read by bytes",
            10,
            vec![Piece::once(call.clone())],
        )
        .reading(Reading::Slowly),
        Attack::new(
            "HTTP/1.1: fields of 8 MiB of which nothing is read",
            10,
            vec![Piece::repeated(call, 3 * scale)],
        )
        .reading(Reading::Nothing),
    ]
}

/// The head of a call with the signature of a key, and these headers.
fn signed(means: &Means, more: &str) -> Vec<u8> {
    let path = format!("/{RUN}");
    let mut head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n{more}").into_bytes();
    for (name, value) in &signature::headers(&means.secret, &path) {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend(b"\r\n");
    head
}
