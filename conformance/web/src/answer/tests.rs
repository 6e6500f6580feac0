use conformance_wire::messages;
use http::HeaderValue;

use super::*;

const RUN: &str = "mfn.MFNSimulationService/RunSimulation";
const STREAM: &str = "mfn.MFNSimulationService/StreamSimulation";
/// A result whose `growth_events` are 3, in protobuf.
const THREE: &[u8] = &[24, 3];

fn reader(
    protocol: Protocol,
    method: &str,
    status: StatusCode,
    content_type: &str,
) -> AnswerReader {
    let value = HeaderValue::from_str(content_type).expect("a header");
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, value)]);
    AnswerReader::new(protocol, messages::method(method), status, headers)
}

/// The messages and the end of an answer that comes byte by byte.
fn read(mut reader: AnswerReader, body: &[u8]) -> (Vec<Bytes>, End) {
    let mut messages: Vec<_> = body.iter().flat_map(|byte| reader.take(&[*byte])).collect();
    let mut end = reader.end();
    messages.extend(end.message.take());
    (messages.into_iter().map(|message| message.bytes).collect(), end)
}

fn framed(flags: u8, content: &[u8]) -> Vec<u8> {
    [&[flags, 0, 0, 0, content.len() as u8], content].concat()
}

#[test]
fn an_answer_by_grpc_web_has_messages_and_trailers() {
    let body = [framed(0, THREE), framed(0x80, b"grpc-status: 0\r\n")].concat();
    let reader = reader(Protocol::GrpcWeb, RUN, StatusCode::OK, "application/grpc-web+proto");
    let (messages, end) = read(reader, &body);
    assert_eq!(messages, [THREE]);
    assert_eq!(end.trailers.expect("trailers")["grpc-status"], "0");
    assert_eq!(end.faults, []);
}

#[test]
fn a_stream_by_connect_has_envelopes_and_an_end() {
    let body = [framed(0, br#"{"step":7}"#), framed(2, b"{}")].concat();
    let reader = reader(Protocol::ConnectJson, STREAM, StatusCode::OK, "application/connect+json");
    let (messages, end) = read(reader, &body);
    assert_eq!(messages, [&[16, 7][..]]);
    assert_eq!(end.trailers.expect("trailers")["grpc-status"], "0");
    assert_eq!(end.faults, []);
}

#[test]
fn an_answer_to_a_unary_call_by_connect_is_its_body() {
    let reader = reader(Protocol::ConnectGet, RUN, StatusCode::OK, "application/proto");
    let (messages, end) = read(reader, THREE);
    assert_eq!(messages, [THREE]);
    assert_eq!((end.faults, end.rest), (vec![], Bytes::new()));
}

#[test]
fn what_is_not_of_the_protocol_is_a_fault() {
    let faults = |protocol, method, status, content_type, body: &[u8]| {
        read(reader(protocol, method, status, content_type), body).1.faults.len()
    };
    let ok = StatusCode::OK;
    let web = "application/grpc-web+proto";
    // No trailers; something after them; another content type; another status.
    assert_eq!(faults(Protocol::GrpcWeb, RUN, ok, web, &framed(0, THREE)), 1);
    let trailers = framed(0x80, b"grpc-status: 0\r\n");
    let body = [trailers.clone(), framed(0, THREE)].concat();
    assert_eq!(faults(Protocol::GrpcWeb, RUN, ok, web, &body), 1);
    assert_eq!(faults(Protocol::GrpcWeb, RUN, ok, "application/grpc", &trailers), 1);
    assert_eq!(faults(Protocol::GrpcWeb, RUN, StatusCode::BAD_REQUEST, web, &trailers), 1);
    // An error that is not in JSON, in its form and in its type.
    let bad = StatusCode::BAD_REQUEST;
    assert_eq!(faults(Protocol::Connect, RUN, bad, "text/plain", b"no"), 2);
    // A stream without an end.
    let stream = "application/connect+proto";
    assert_eq!(faults(Protocol::Connect, STREAM, ok, stream, &framed(0, &[16, 7])), 1);
}
