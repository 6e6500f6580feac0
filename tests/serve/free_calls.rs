//! What callers without a key can make a server hold and do.

use bytes::Bytes;
use futures_util::future::join_all;
use h2::RecvStream;
use h2::client::SendRequest;
use prost::Message as _;
use tonic::{Code, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;

use crate::by_hand::{ByHand, CANCEL, DATA, END_STREAM, RST_STREAM, frame, headers};
use crate::caller::{call, encoded, framed, head, raw, told};
use crate::serving::Serving;
use crate::soon;
use crate::uploads::{FEW_KIB, REQUEST_ID, Upload, beginning};

const CHECK: &str = "/grpc.health.v1.Health/Check";
const WATCH: &str = "/grpc.health.v1.Health/Watch";
const REFLECTION: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const MIB: usize = 1024 * 1024;
/// As many as one connection may have open.
const WATCHES_OF_A_CONNECTION: usize = 100;

fn server() -> Serving {
    Serving::start_with_keys("key-of-the-tests", &[])
}

fn uncharged() -> (Code, String) {
    (Code::ResourceExhausted, "UNCHARGED_LIMIT".to_owned())
}

/// A check without a key is answered.
async fn is_well(requests: &SendRequest<Bytes>) {
    let check = encoded(&HealthCheckRequest::default());
    let ended = soon("the health", call(requests, head(CHECK), check)).await;
    assert_eq!(ended.status.map(|status| status.code()), Some(Code::Ok));
}

// shows MFN-TRANS-023
#[tokio::test]
async fn uploads_to_health_are_refused_by_their_length() {
    let server = server();
    let requests = raw(&server).await;
    is_well(&requests).await;
    let before = server.memory_kib();
    let uploads = (0..20).map(|_| async {
        // The service's name is field 1, as an id is.
        let begun = beginning(REQUEST_ID, 99 * MIB);
        Upload::begin(&requests, head(CHECK), begun).await.answered().await
    });
    for status in soon("the refusals", join_all(uploads)).await {
        assert_eq!(told(&status), (Code::ResourceExhausted, "MESSAGE_TOO_LARGE".to_owned()));
    }
    // What is not too long is not kept either.
    let name = "x".repeat(64 * 1024 - 4);
    let unknown = encoded(&HealthCheckRequest { service: name });
    let ended = soon("an answer", call(&requests, head(CHECK), unknown)).await;
    assert_eq!(ended.status.map(|status| status.code()), Some(Code::NotFound));
    let grown = server.peak_memory_kib().saturating_sub(before);
    assert!(grown < FEW_KIB, "{grown} KiB");
    is_well(&requests).await;
}

// shows MFN-LIMIT-012
#[tokio::test]
async fn checks_that_never_end_make_room_for_others() {
    let server = server();
    let requests = raw(&server).await;
    let mut unfinished = Vec::new();
    // A prefix, and no message.
    for _ in 0..65 {
        let begun = vec![0, 0, 0, 0, 9];
        unfinished.push(Upload::begin(&requests, head(CHECK), begun).await);
    }
    let refused = soon("a refusal", unfinished.remove(0).answered()).await;
    assert_eq!(told(&refused), uncharged());
    is_well(&requests).await;
    // The last one still has its time.
    let last = unfinished.pop().expect("it is there");
    let ended = soon("an answer", last.end(b"\x0a\x07unknown")).await;
    assert_eq!(ended.code(), Code::NotFound);
}

/// Opens a watch: its first message, and the watch; or its refusal.
async fn watch(requests: &SendRequest<Bytes>) -> Result<RecvStream, Status> {
    let mut ready = requests.clone().ready().await.expect("the connection is open");
    let (answer, mut body) = ready.send_request(head(WATCH), false).expect("it is sent");
    let name = encoded(&HealthCheckRequest::default());
    body.send_data(name.into(), true).expect("it is sent");
    let (parts, mut answer) = answer.await.expect("an answer").into_parts();
    if let Some(refused) = Status::from_header_map(&parts.headers) {
        return Err(refused);
    }
    let first = answer.data().await.expect("a message").expect("no error");
    answer.flow_control().release_capacity(first.len()).expect("it was taken");
    let state = HealthCheckResponse::decode(&first[5..]).expect("a state");
    assert_eq!(state.status(), ServingStatus::Serving);
    Ok(answer)
}

// shows MFN-LIMIT-011, MFN-LIMIT-012
#[tokio::test]
async fn watches_without_end_are_refused_and_health_is_answered() {
    const CONNECTIONS: usize = 20;
    let server = server();
    let first = raw(&server).await;
    is_well(&first).await;
    let mut open = Vec::new();
    let mut connections = Vec::new();
    for n in 0..CONNECTIONS {
        let requests = if n == 0 { first.clone() } else { raw(&server).await };
        for _ in 0..WATCHES_OF_A_CONNECTION + 50 {
            match soon("a watch", watch(&requests)).await {
                Ok(watch) => open.push(watch),
                Err(refused) => {
                    assert_eq!(told(&refused), uncharged());
                    break;
                }
            }
        }
        // As many as one connection may have, or as all together may have.
        assert!(open.len() == (n + 1) * WATCHES_OF_A_CONNECTION || open.len() >= 1024);
        is_well(&requests).await;
        connections.push(requests);
    }
    // The first of each connection needs no place among those of all.
    assert_eq!(open.len(), 1024 + CONNECTIONS);
    // A place is free again when its watch is.
    drop(open);
    for requests in &connections {
        is_well(requests).await;
    }
    let _last = soon("a watch", watch(&connections[CONNECTIONS - 1])).await.expect("a place");
}

// shows MFN-LIMIT-011
#[tokio::test]
async fn questions_without_end_are_answered_with_so_many_bytes() {
    let server = server();
    let requests = raw(&server).await;
    let question = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::FileContainingSymbol(
            "mfn.MFNSimulationService".to_owned(),
        )),
    };
    let questions = framed(0, &question.encode_to_vec()).repeat(10_000);
    let mut ready = requests.clone().ready().await.expect("the connection is open");
    let (answer, mut body) = ready.send_request(head(REFLECTION), false).expect("it is sent");
    body.send_data(questions.into(), true).expect("it is sent");
    let mut answer = soon("answers", answer).await.expect("an answer").into_body();
    let mut bytes = 0;
    while let Some(data) = soon("an answer", answer.data()).await {
        let data = data.expect("no error");
        bytes += data.len();
        answer.flow_control().release_capacity(data.len()).expect("it was taken");
    }
    let trailers = soon("the end", answer.trailers()).await.expect("no error").expect("trailers");
    let status = Status::from_header_map(&trailers).expect("a status");
    assert_eq!(told(&status), uncharged());
    assert!((MIB / 2..=MIB).contains(&bytes), "{bytes}");
    is_well(&requests).await;
}

// shows MFN-LIMIT-011
#[tokio::test]
async fn streams_of_reflection_are_few() {
    let server = server();
    let requests = raw(&server).await;
    let mut open = Vec::new();
    for _ in 0..8 {
        let begun = Upload::begin(&requests, head(REFLECTION), Vec::new()).await;
        open.push(begun);
    }
    let refused = Upload::begin(&requests, head(REFLECTION), Vec::new()).await.answered();
    assert_eq!(told(&soon("a refusal", refused).await), uncharged());
    is_well(&requests).await;
    let ended = soon("the end", open.remove(0).end(b"")).await;
    assert_eq!(ended.code(), Code::Ok);
}

// shows MFN-LIMIT-011, MFN-LIMIT-012
#[tokio::test]
async fn unread_answers_that_nobody_is_charged_for_make_room() {
    const UNREAD_OF_A_CONNECTION: usize = 64;
    const BEYOND: usize = 6;
    let server = server();
    let check = (head(CHECK), encoded(&HealthCheckRequest::default()));
    let mut get = head(CHECK);
    *get.method_mut() = http::Method::GET;
    for (head, body) in [check, (get, Vec::new())] {
        let mut connection = ByHand::open_without_windows(&server).await;
        for n in 0..UNREAD_OF_A_CONNECTION + BEYOND {
            let stream = 2 * n as u32 + 1;
            let call = [headers(stream, &head), frame(DATA, END_STREAM, stream, &body)];
            connection.send(&call.concat()).await;
        }
        for _ in 0..BEYOND {
            let reset = connection.find("a reset", |frame| frame.kind == RST_STREAM).await;
            assert_eq!(reset.error(), Some(CANCEL));
        }
        is_well(&raw(&server).await).await;
    }
}
