//! Requests that are not one message of the right size and kind.

use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderValue, Method, Request};
use mfn_proto::{SimulationRequest, SimulationStreamRequest};
use tonic::Code;

use crate::caller::{Ended, RUN, call, client, encoded, framed, head, raw, small, told};
use crate::serving::Serving;
use crate::soon;

const MIB: usize = 1024 * 1024;

async fn ended(requests: &SendRequest<Bytes>, head: Request<()>, body: Vec<u8>) -> Ended {
    soon("the end of the call", call(requests, head, body)).await
}

/// Code and reason of a call with this body.
async fn told_of(requests: &SendRequest<Bytes>, body: Vec<u8>) -> (Code, String) {
    ended(requests, head(RUN), body).await.told()
}

/// A request whose message has just so many bytes: those of a field that nobody
/// knows.
fn message_of(bytes: usize) -> Vec<u8> {
    const FIELD_15_LENGTH_DELIMITED: u8 = 15 << 3 | 2;
    let mut message = vec![FIELD_15_LENGTH_DELIMITED];
    // Tag, and a length in seven bits a byte.
    let mut left = bytes - 5;
    for _ in 0..3 {
        message.push(left as u8 | 0x80);
        left >>= 7;
    }
    message.push(left as u8);
    message.resize(bytes, 0);
    framed(0, &message)
}

// shows MFN-TRANS-004, MFN-ERR-009
#[tokio::test]
async fn a_message_may_have_100_mib_and_not_101() {
    let server = Serving::start(&[]);
    let requests = raw(&server).await;
    let just = ended(&requests, head(RUN), message_of(100 * MIB)).await;
    assert_eq!(just.status.map(|status| status.code()), Some(Code::Ok));
    let too_large = (Code::ResourceExhausted, "MESSAGE_TOO_LARGE".to_owned());
    assert_eq!(told_of(&requests, message_of(100 * MIB + 1)).await, too_large);
    assert_eq!(told_of(&requests, message_of(101 * MIB)).await, too_large);
    // The prefix is enough: what it announces never comes.
    let prefix_alone = [&[0], (101 * MIB as u32).to_be_bytes().as_slice()].concat();
    assert_eq!(told_of(&requests, prefix_alone).await, too_large);
}

// shows MFN-TRANS-005, MFN-ERR-009
#[tokio::test]
async fn a_field_that_no_message_may_hold_is_refused() {
    let server = Serving::start(&["--max-message-size", "1"]);
    let mut client = client(&server).await;
    let too_large = (Code::ResourceExhausted, "MESSAGE_TOO_LARGE".to_owned());
    let request = |grid_size| SimulationRequest {
        grid_size,
        steps: 1,
        include_field: true,
        ..Default::default()
    };
    let status = client.run_simulation(request(400)).await.expect_err("it has 1.2 MiB");
    assert_eq!(told(&status), too_large);
    client.run_simulation(request(300)).await.expect("it has 0.7 MiB");
    let stream =
        SimulationStreamRequest { grid_size: 400, include_field: true, ..Default::default() };
    let status = client.stream_simulation(stream).await.expect_err("it has 1.2 MiB a frame");
    assert_eq!(told(&status), too_large);
}

// shows MFN-TRANS-003, MFN-ERR-010
#[tokio::test]
async fn a_request_has_one_message() {
    let server = Serving::start(&[]);
    let requests = raw(&server).await;
    let cardinality = (Code::Unimplemented, "CARDINALITY".to_owned());
    let one = encoded(&small());
    assert_eq!(told_of(&requests, vec![]).await, cardinality);
    assert_eq!(told_of(&requests, [one.clone(), one].concat()).await, cardinality);
}

// shows MFN-ERR-011
#[tokio::test]
async fn what_cannot_be_decoded_is_internal() {
    let server = Serving::start(&[]);
    let requests = raw(&server).await;
    let malformed = (Code::Internal, "MALFORMED_MESSAGE".to_owned());
    let not_protobuf = framed(0, &[0xff; 9]);
    let not_utf8 = framed(0, &[0x0a, 1, 0xff]);
    let cut_short = encoded(&SimulationRequest { seed: 1, ..small() });
    let cut_short = cut_short[..cut_short.len() - 1].to_vec();
    for body in [not_protobuf, not_utf8, cut_short, vec![0, 0], vec![7, 0, 0, 0, 0]] {
        assert_eq!(told_of(&requests, body.clone()).await, malformed, "{body:?}");
    }
}

// shows MFN-TRANS-006, MFN-ERR-021
#[tokio::test]
async fn compression_is_refused_and_its_announcement_alone_is_not() {
    let server = Serving::start(&[]);
    let requests = raw(&server).await;
    let gzip = || {
        let mut head = head(RUN);
        head.headers_mut().insert("grpc-encoding", HeaderValue::from_static("gzip"));
        head
    };
    let refused = ended(&requests, gzip(), framed(1, &[0x1f, 0x8b])).await;
    assert_eq!(refused.told(), (Code::Unimplemented, "COMPRESSION_UNSUPPORTED".to_owned()));
    assert_eq!(refused.metadata["grpc-accept-encoding"], "identity");
    let plain = ended(&requests, gzip(), encoded(&small())).await;
    assert_eq!(plain.status.map(|status| status.code()), Some(Code::Ok));
}

// shows MFN-TRANS-001, MFN-TRANS-031
#[tokio::test]
async fn what_is_no_grpc_is_told_so_in_http() {
    for (web, allowed) in [("true", "GET, POST"), ("false", "POST")] {
        what_is_no_grpc_is_told_so(&Serving::start(&["--web", web]), allowed).await;
    }
}

async fn what_is_no_grpc_is_told_so(server: &Serving, allowed: &'static str) {
    let requests = raw(server).await;
    let mut plain = head(RUN);
    plain.headers_mut().insert("content-type", HeaderValue::from_static("text/plain"));
    assert_eq!(ended(&requests, plain, encoded(&small())).await.http, 415);
    let mut put = head(RUN);
    *put.method_mut() = Method::PUT;
    let refused = ended(&requests, put, vec![]).await;
    assert_eq!(
        (refused.http, &refused.metadata["allow"]),
        (405, &HeaderValue::from_static(allowed))
    );
    assert_eq!(ended(&requests, head(RUN), encoded(&small())).await.http, 200);
}

// shows MFN-ERR-003, MFN-ERR-006
#[tokio::test]
async fn an_unknown_method_is_unimplemented_with_details() {
    let server = Serving::start(&[]);
    let requests = raw(&server).await;
    for path in ["/mfn.MFNSimulationService/Rum", "/mfn.Nobody/RunSimulation", "/"] {
        let ended = ended(&requests, head(path), encoded(&small())).await;
        assert_eq!(ended.told(), (Code::Unimplemented, "METHOD_UNKNOWN".to_owned()), "{path}");
        assert!(ended.metadata.contains_key("x-request-id"), "{path}");
    }
}
