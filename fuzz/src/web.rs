//! gRPC-Web and Connect, in protobuf and in JSON: `mfn-web` around a service that the script
//! makes, called and read by what the conformance suite knows of the protocols, which is
//! written from their texts alone.
//!
//! The service reads the message that was sent, and the caller the messages, the status and
//! the trailers that the service has answered, bit by bit or, in JSON, value by value; and
//! what cannot be read is refused in the form of its protocol.

use std::convert::Infallible;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use bytes::Bytes;
use conformance_web::{AnswerReader, End};
use conformance_wire::messages;
use futures_util::FutureExt as _;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use mfn_web::{GrpcBody, RequestError, WebLayer};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tower::{Layer as _, Service as _, service_fn};

use crate::calls::{Call, PROTOCOLS};
use crate::input::Input;
use crate::pieces::{Pieces, read};
use crate::replies::Reply;
use crate::request::METHODS;
use crate::requests::TYPES;

/// From this first byte on the answer is anything.
pub const HOSTILE: u8 = 240;
/// Headers that say how an answer is to be read.
const OF_ANSWERS: [&str; 5] =
    ["content-type", "grpc-status", "grpc-message", "trailer-a", "content-encoding"];
static LAYER: LazyLock<WebLayer> = LazyLock::new(|| {
    let sets = [mfn_proto::FILE_DESCRIPTOR_SET, tonic_types::pb::FILE_DESCRIPTOR_SET];
    WebLayer::new(mfn_web::Config::of(&sets).expect("they go together"))
});

/// What the service has read: the body with its prefixes, or why there is none.
type Seen = Arc<Mutex<Option<Result<Vec<u8>, String>>>>;

/// The first bytes choose protocol and method, and the rest is what is sent and answered; or
/// what a server answers that keeps to no protocol.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    if data.first().is_some_and(|first| *first >= HOSTILE) {
        return read_anything(&mut input);
    }
    let Some(call) = Call::take(&mut input) else { return };
    let reply = Reply::take(&mut input, &call.method.output());
    let Some(request) = call.request() else { return };
    let seen = Seen::default();
    let answered = answer(request, &reply, &seen).now_or_never();
    let (answer, pieces) = answered.expect("nobody waits for anything");
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(seen) = seen else { return call.check_refused(&answer) };
    if call.headers.is_empty() {
        call.check_seen(&seen);
    }
    if seen.is_ok() && !call.is_answered_by(&reply) {
        // Whatever becomes of it has an end.
        call.read(&answer, pieces);
        return;
    }
    let pieces = pieces.unwrap_or_else(|()| panic!("the answer to {seen:?} breaks off: {reply:?}"));
    check_length(answer.headers(), &pieces);
    let (messages, end) = call.read(&answer, Ok(pieces)).expect("it has an end");
    check_end(&end);
    match seen {
        Ok(_) => call.check_reply(&reply, answer.headers(), &messages, &end),
        Err(why) => check_refusal(&why, answer.headers(), &messages, &end),
    }
}

/// What the service cannot read, the caller is told so.
fn check_refusal(why: &str, head: &HeaderMap, messages: &[Bytes], end: &End) {
    assert!(messages.is_empty(), "{messages:?} of what is refused: {why}");
    let status = end.trailers.as_ref().unwrap_or(head).get("grpc-status");
    assert_eq!(status.map(HeaderValue::as_bytes), Some(&b"3"[..]), "{why}");
}

/// The answer is in the form of its protocol, to its end.
fn check_end(end: &End) {
    assert!(end.faults.is_empty() && end.rest.is_empty(), "{end:?}");
}

/// A length that is told is that of the body.
fn check_length(head: &HeaderMap, pieces: &[Bytes]) {
    if let Some(length) = head.get(CONTENT_LENGTH) {
        let bytes: usize = pieces.iter().map(Bytes::len).sum();
        assert_eq!(length.to_str().ok(), Some(&*bytes.to_string()), "the length");
    }
}

/// What is answered by a service that answers with `reply`, and the pieces of its body.
async fn answer(
    request: Request<Pieces>,
    reply: &Reply,
    seen: &Seen,
) -> (Response<()>, Result<Vec<Bytes>, ()>) {
    let (reply, seen) = (Arc::new(reply.clone()), Arc::clone(seen));
    let service = service_fn(move |request: Request<GrpcBody<Pieces>>| {
        let (reply, seen) = (Arc::clone(&reply), Arc::clone(&seen));
        async move {
            let headers = request.headers();
            // It is told of what is no call too, and says so.
            let Some(content_type) = headers.get(CONTENT_TYPE) else {
                return Ok(not_acceptable());
            };
            check_head(content_type, headers);
            let body = read(request.into_body()).await;
            let body = body.map(|parts| parts.concat()).map_err(|error| match error {
                RequestError::Fault(fault) => fault.to_string(),
                RequestError::Body(never) => format!("{never:?}"),
            });
            let answer = match &body {
                Ok(_) => reply.response(),
                Err(why) => refusal(why),
            };
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
            Ok::<_, Infallible>(answer)
        }
    });
    let Ok(answer) = LAYER.layer(service).call(request).await;
    let (head, body) = answer.into_parts();
    let pieces = read(body).await.map_err(drop);
    (Response::from_parts(head, ()), pieces)
}

/// The service is called by gRPC.
fn check_head(content_type: &HeaderValue, head: &HeaderMap) {
    assert_eq!(content_type, "application/grpc", "the content type");
    assert_eq!(head.get("te").map(HeaderValue::as_bytes), Some(&b"trailers"[..]), "te");
}

/// The answer of a service to what is not gRPC.
fn not_acceptable() -> Response<Pieces> {
    let answer = Response::builder().status(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    answer.body(Pieces::default()).expect("a status")
}

/// The answer of a service to what it cannot read.
fn refusal(why: &str) -> Response<Pieces> {
    let why = utf8_percent_encode(why, NON_ALPHANUMERIC).to_string();
    let answer = Response::builder().header("grpc-status", "3").header("grpc-message", why);
    answer.body(Pieces::default()).expect("headers")
}

/// The suite comes to the end of whatever is answered.
fn read_anything(input: &mut Input<'_>) {
    let protocol = *input.pick(&PROTOCOLS);
    let method = *input.pick(&METHODS);
    let method = messages::method(method).filter(|_| input.byte() > 0);
    let status = StatusCode::from_u16(input.number() as u16 % 1000).unwrap_or(StatusCode::OK);
    let mut headers = HeaderMap::new();
    for _ in 0..input.byte() % 4 {
        let name = *input.pick(&OF_ANSWERS);
        let value = match input.byte() {
            0 => input.short(),
            _ => input.pick(&TYPES).as_bytes(),
        };
        let value = HeaderValue::from_bytes(value).ok();
        headers.extend(value.map(|value| (HeaderName::from_static(name), value)));
    }
    let mut reader = AnswerReader::new(protocol, method, status, headers);
    let part_bytes = usize::from(input.byte()) + 1;
    let body = input.rest();
    let messages: usize = body.chunks(part_bytes).map(|part| reader.take(part).len()).sum();
    assert!(messages <= body.len() / 5, "{messages} messages");
    let end = reader.end();
    assert!(end.rest.len() <= body.len(), "{end:?}");
}

#[cfg(test)]
mod tests {
    use conformance_web::Fault;

    use super::*;
    use crate::oracle_failures::assert_fails_with;

    fn head(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_length_is_that_of_the_body() {
        let pieces = [Bytes::from_static(b"ab"), Bytes::from_static(b"c")];
        check_length(&HeaderMap::new(), &pieces);
        check_length(&head(CONTENT_LENGTH, "3"), &pieces);
        for length in ["2", "03", "x"] {
            assert_fails_with("the length", || {
                check_length(&head(CONTENT_LENGTH, length), &pieces);
            });
        }
    }

    #[test]
    fn a_service_is_called_by_grpc() {
        let (grpc, te) =
            (HeaderValue::from_static("application/grpc"), HeaderName::from_static("te"));
        check_head(&grpc, &head(te.clone(), "trailers"));
        let json = HeaderValue::from_static("application/json");
        assert_fails_with("the content type", || check_head(&json, &head(te, "trailers")));
        assert_fails_with("te", || check_head(&grpc, &HeaderMap::new()));
    }

    #[test]
    fn an_answer_has_no_fault_and_nothing_behind_it() {
        let end = |faults, rest| End { message: None, trailers: None, rest, faults };
        check_end(&end(vec![], Bytes::new()));
        let fault = Fault { expected: "an answer".to_owned(), actual: "none".to_owned() };
        assert_fails_with("an answer", || check_end(&end(vec![fault], Bytes::new())));
        assert_fails_with("left", || check_end(&end(vec![], Bytes::from_static(b"left"))));
    }

    #[test]
    fn a_refusal_is_told_in_the_head_or_at_the_end() {
        let end = |trailers| End { message: None, trailers, rest: Bytes::new(), faults: vec![] };
        let status = |code| head(HeaderName::from_static("grpc-status"), code);
        let none = HeaderMap::new();
        check_refusal("no", &status("3"), &[], &end(None));
        check_refusal("no", &none, &[], &end(Some(status("3"))));
        for (head, trailers) in
            [(&none, None), (&status("0"), None), (&status("3"), Some(status("13")))]
        {
            assert_fails_with("failed: no", || check_refusal("no", head, &[], &end(trailers)));
        }
        let messages = [Bytes::new()];
        let told = "of what is refused: no";
        assert_fails_with(told, || check_refusal("no", &status("3"), &messages, &end(None)));
    }
}
