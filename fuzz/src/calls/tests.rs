use conformance_web::End;

use super::*;
use crate::oracle_failures::assert_fails_with;
use crate::replies::tests::{ERROR, OK, reply};

const RUN: &str = "mfn.MFNSimulationService/RunSimulation";
const STREAM: &str = "mfn.MFNSimulationService/StreamSimulation";
/// A request with `grid_size` 4, and in JSON.
const MESSAGE: &[u8] = &[0x18, 4];
const JSON: &[u8] = br#"{"gridSize":4}"#;
/// One with `grid_size` 5.
const OTHER: &[u8] = &[0x18, 5];

/// A call that sends `message`, or anything.
fn call(protocol: Protocol, method: &str, message: &[u8], is_message: bool) -> Call {
    Call {
        protocol,
        method: messages::method(method).expect("a method"),
        message: message.to_vec(),
        is_message,
        headers: Vec::new(),
        has_length: false,
        part_bytes: 1,
    }
}

#[test]
fn a_service_reads_what_was_sent() {
    use Protocol::{Connect, ConnectGetJson, ConnectJson, GrpcWeb, GrpcWebText};
    let read = |message| Ok(framed(message));
    let refused = || Err("no".to_owned());
    let as_it_is = |bytes: &[u8]| Ok(bytes.to_vec());
    let unlike = "what the service has read";
    for (call, right, wrong) in [
        (
            call(GrpcWeb, RUN, MESSAGE, true),
            read(MESSAGE),
            vec![(unlike, read(OTHER)), (unlike, refused())],
        ),
        (call(Connect, RUN, MESSAGE, true), read(MESSAGE), vec![(unlike, as_it_is(MESSAGE))]),
        (
            call(ConnectGetJson, RUN, MESSAGE, true),
            read(MESSAGE),
            vec![
                ("it is refused: no", refused()),
                ("failed: of [0, 0, 0, 0, 2, 24, 5]", read(OTHER)),
                ("one message", Ok([framed(MESSAGE), framed(MESSAGE)].concat())),
                ("a message has a prefix", as_it_is(&[0; 4])),
            ],
        ),
        (call(GrpcWeb, RUN, b"any", false), as_it_is(b"any"), vec![(unlike, as_it_is(b"an"))]),
        (
            call(GrpcWebText, RUN, b"YW55", false),
            as_it_is(b"any"),
            vec![(unlike, as_it_is(b"YW55"))],
        ),
        (call(Connect, STREAM, b"any", false), as_it_is(b"any"), vec![(unlike, refused())]),
        (call(Connect, RUN, b"any", false), read(b"any"), vec![(unlike, as_it_is(b"any"))]),
        (
            call(ConnectJson, RUN, JSON, false),
            read(MESSAGE),
            vec![("failed: of Err", refused()), ("failed: of Ok", read(OTHER))],
        ),
        (
            call(ConnectJson, RUN, b"{\"colour\":1}", false),
            refused(),
            vec![("failed: of Ok", read(b""))],
        ),
        (
            call(ConnectJson, RUN, br#"{"gridSize":4,"grid_size":4}"#, false),
            refused(),
            vec![("failed: of Ok", read(MESSAGE))],
        ),
    ] {
        call.check_seen(&right);
        for (told, seen) in wrong {
            assert_fails_with(told, || call.check_seen(&seen));
        }
    }
}

#[test]
fn only_a_query_is_no_call() {
    let answer = |status: u16, kind| {
        let answer = Response::builder().status(status).header(CONTENT_TYPE, kind);
        answer.body(()).expect("a status")
    };
    let get = |is_message| call(Protocol::ConnectGet, RUN, b"any", is_message);
    let text = "text/plain; charset=utf-8";
    get(false).check_refused(&answer(415, text));
    assert_fails_with("status: 415", || get(true).check_refused(&answer(415, text)));
    let post = call(Protocol::Connect, RUN, b"any", false);
    assert_fails_with("status: 415", || post.check_refused(&answer(415, text)));
    assert_fails_with("right: 415", || get(false).check_refused(&answer(200, text)));
    assert_fails_with("right: \"text/plain", || {
        get(false).check_refused(&answer(415, "text/html"));
    });
}

/// What a caller has read: head, messages and trailers.
type Read = (HeaderMap, Vec<Bytes>, Option<HeaderMap>);

/// The caller of `call`, which is answered by `script`, has read that with a `change`.
fn check_reply(call: &Call, script: &[u8], change: impl FnOnce(&mut Read)) {
    let reply = reply(script);
    let (head, body) = reply.response().into_parts();
    let is_error = call.is_unary() && reply.code() != 0;
    let messages = if is_error { &[] } else { reply.messages() };
    let messages = messages.iter().cloned().map(Bytes::from).collect();
    let mut read = (head.headers, messages, body.trailers);
    change(&mut read);
    let (head, messages, trailers) = read;
    let end = End { message: None, trailers, rest: Bytes::new(), faults: Vec::new() };
    call.check_reply(&reply, &head, &messages, &end);
}

#[test]
fn a_caller_reads_what_was_answered() {
    let without = |name: &'static str| {
        move |(_, _, trailers): &mut Read| {
            trailers.as_mut().expect("trailers").remove(name);
        }
    };
    let other = Bytes::from_static(OTHER);
    let in_head = |script: &[u8]| [&[script[0] | 0x10], &script[1..]].concat();
    for protocol in PROTOCOLS {
        let call = call(protocol, RUN, b"", true);
        for script in [OK.to_vec(), ERROR.to_vec(), in_head(ERROR)] {
            check_reply(&call, &script, |_| ());
        }
        let refused = |told, script: &[u8], change: &dyn Fn(&mut Read)| {
            assert_fails_with(told, || check_reply(&call, script, change));
        };
        refused("messages of", OK, &|read| read.1.clear());
        refused("messages of", ERROR, &|read| read.1.push(other.clone()));
        let told = if protocol.is_json() { "failed: of [" } else { "a message of" };
        refused(told, OK, &|read| read.1[0] = other.clone());
        refused("the code of", ERROR, &|read| read.2 = None);
        refused("the code of", &in_head(ERROR), &|read| read.0.clear());
        refused("the text of", ERROR, &without("grpc-message"));
        refused("retry-after of", OK, &without("retry-after"));
    }
}
