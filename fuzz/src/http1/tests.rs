use super::*;
use crate::oracle_failures::assert_fails_with;

/// An answer with this name, content type and body.
fn answer(id: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    with_status("200 OK", id, kind, body)
}

fn with_status(status: &str, id: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let (kind, length) = (format!("content-type: {kind}\r\n"), body.len());
    let head = format!(
        "HTTP/1.1 {status}\r\nX-Request-Id: {id}\r\n{kind}content-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// What a client has made of `sent`, that has asked for `asked`.
fn responses(asked: &[u8], sent: &[u8]) -> Responses {
    let mut responses = Responses::default();
    responses.asks(asked);
    responses.take(sent);
    responses
}

#[test]
fn answers_are_read_one_after_the_other_however_they_come() {
    let chunked = b"HTTP/1.1 200 OK\r\nx-request-id: c%20d\r\ntransfer-encoding: chunked\r\n\r\n\
        3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n";
    let sent = [
        b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(),
        answer("a", "application/json", b"{}"),
        // Those to HEAD, and to what is asked before a call.
        b"HTTP/1.1 200 OK\r\nx-request-id: b\r\ncontent-length: 5\r\n\r\n".to_vec(),
        b"HTTP/1.1 204 No Content\r\nvary: a\r\nvary: b\r\n\r\n".to_vec(),
        chunked.to_vec(),
        with_status("400 Bad Request", "e", "application/json", br#"{"code":"canceled"}"#),
        answer("f", "application/connect+json", b"\0\0\0\0\x02{}\x02\0\0\0\x02{}"),
        answer("g", "application/connect+proto", b"\0\0\0\0\x01a\x02\0\0\0\x02{}"),
        answer("h", "application/grpc-web+proto", b"\x80\0\0\0\x0egrpc-status: 0"),
        answer("i", "application/grpc-web-text+proto", b"gAAAAA5ncnBjLXN0YXR1czogMA=="),
        // The head of one whose body has not come.
        b"HTTP/1.1 200 OK\r\nx-request-id: j\r\ncontent-length: 5\r\n\r\n".to_vec(),
    ];
    let sent = sent.concat();
    let mut at_once = responses(b"HEAD / HTTP/1.1\r\n\r\n", &sent);
    let mut in_bytes = responses(b"HEAD / HTTP/1.1\r\n\r\n", b"");
    for byte in &sent {
        in_bytes.take(&[*byte]);
    }
    for responses in [&mut at_once, &mut in_bytes] {
        assert_eq!(responses.ids, ["a", "b", "c d", "e", "f", "g", "h", "i"]);
    }
    at_once.check(Recorded::of_calls(&["a", "b", "c d", "e", "f", "g", "h", "i", "j"]));
}

#[test]
fn what_is_no_answer_of_http_is_refused() {
    for (told, sent) in [
        ("no HTTP/1.1: hello", "hello"),
        ("no HTTP/1.1: HTTP/2 200", "HTTP/2 200\r\n\r\n"),
        ("HTTP/1.2 200 OK", "HTTP/1.2 200 OK\r\n\r\n"),
        ("a status line", "HTTP/1.1\r\n\r\n"),
        ("no status: HTTP/1.1 2x0", "HTTP/1.1 2x0 OK\r\n\r\n"),
        ("no header: \"a\"", "HTTP/1.1 200 OK\r\na\r\n\r\n"),
        (r"a: \u{1b}", "HTTP/1.1 200 OK\r\na: \u{1b}[2J\r\n\r\n"),
        ("x-request-id twice", "HTTP/1.1 200 OK\r\nx-request-id: a\r\nX-Request-Id: a\r\n\r\n"),
        ("an answer without a name", "HTTP/1.1 200 OK\r\n\r\n"),
    ] {
        assert_fails_with(told, || responses(b"", sent.as_bytes()));
    }
    for (told, rest) in [
        ("an id in UTF-8", "x-request-id: %ff\r\ncontent-length: 0\r\n\r\n"),
        ("a length", "x-request-id: a\r\ncontent-length: x\r\n\r\n"),
        (
            "two framings",
            "x-request-id: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        ),
        ("the transfer encoding gzip", "x-request-id: a\r\ntransfer-encoding: gzip\r\n\r\n"),
        ("the size of a chunk", "x-request-id: a\r\ntransfer-encoding: chunked\r\n\r\nx\r\n"),
        ("behind a chunk", "x-request-id: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc"),
    ] {
        let sent = format!("HTTP/1.1 200 OK\r\n{rest}");
        assert_fails_with(told, || responses(b"", sent.as_bytes()));
    }
    // A client that begins in HTTP/2 is answered in it.
    responses(PREFACE, b"\0\0\0\x04\0\0\0\0\0");
}

#[test]
fn a_body_of_another_form_than_its_content_type_says_is_refused() {
    for (told, kind, body) in [
        ("gRPC over HTTP/1.1", "application/grpc", &b""[..]),
        ("EOF while parsing an object", "application/json; charset=utf-8", b"{"),
        ("base64", "application/grpc-web-text+proto", b"gAAAA"),
        ("a prefix", "application/grpc-web+proto", b""),
        ("a prefix", "application/connect+proto", b"\0\0\0\0"),
        ("a whole message", "application/connect+proto", b"\0\0\0\0\x02a"),
        ("the flags 1", "application/connect+proto", b"\x01\0\0\0\0"),
        ("the flags 2", "application/grpc-web+json", b"\x02\0\0\0\x02{}"),
        ("the flags 128", "application/connect+json", b"\x80\0\0\0\x0egrpc-status: 0"),
        ("what is marked as the last", "application/connect+proto", b"\0\0\0\0\0"),
        ("what is marked as the last", "application/connect+json", b"\x02\0\0\0\x02{}\0\0\0\0\0"),
        ("trailers without a status", "application/grpc-web+proto", b"\x80\0\0\0\x01a"),
        ("JSON", "application/connect+proto", b"\x02\0\0\0\x01{"),
        ("JSON", "application/connect+json", b"\0\0\0\0\x01{\x02\0\0\0\x02{}"),
    ] {
        assert_fails_with(told, || responses(b"", &answer("a", kind, body)));
    }
    for body in ["{}", r#"{"code":"no_code"}"#] {
        let sent = with_status("400 Bad Request", "a", "application/json", body.as_bytes());
        assert_fails_with("the code of", || responses(b"", &sent));
    }
}

#[test]
fn each_answer_has_its_line_of_the_audit() {
    let sent = [answer("a", "", b""), answer("b", "", b"")].concat();
    let check = |asked: &[u8], recorded| responses(asked, &sent).check(recorded);
    check(b"", Recorded::of_calls(&["b", "a", "c"]));
    check(b"/grpc.health.v1.Health/Check", Recorded::of_calls(&["a"]));
    check(b"", Recorded::of(br#"{"kind":"audit","count":2}"#));
    assert_fails_with(r#"no line has ["b"], and 0 need none"#, || {
        check(b"", Recorded::of_calls(&["a", "c"]));
    });
    let counted = Recorded::of(br#"{"kind":"audit","count":1}"#);
    assert_fails_with(r#"no line has ["a", "b"], and 1 need none"#, || check(b"", counted));
    let twice = [answer("a", "", b""), answer("a", "", b"")].concat();
    assert_fails_with(r#"["a"]"#, || responses(b"", &twice).check(Recorded::of_calls(&["a"])));
    let begun = b"HTTP/1.1 200 OK\r\nx-request-id: c\r\ntransfer-encoding: chunked\r\n\r\n1\r\n";
    assert_fails_with(r#"["c"]"#, || responses(b"", begun).check(Recorded::of_calls(&["a"])));
}
