//! Answers as a request defines them.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use prost::Message;
use tokio::time::sleep;
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::pb;

use crate::proto::conformance_payload::RequestInfo;
use crate::proto::{Error, Header};
use crate::request::{any, timeout_ms};

/// What stands before and after the messages of an answer.
pub(crate) struct Ends {
    headers: HeaderMap,
    trailers: HeaderMap,
}

impl Ends {
    /// Those that a request defines.
    pub(crate) fn new(headers: &[Header], trailers: &[Header]) -> Self {
        let (mut headers, trailers) = (map(headers), map(trailers));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        Self { headers, trailers }
    }

    /// The answer that has these `messages`, each after a delay, and then the status.
    pub(crate) fn around(
        self,
        messages: Vec<Bytes>,
        delay_ms: u32,
        status: &Status,
    ) -> Response<Body> {
        let Self { headers, mut trailers } = self;
        if let Err(error) = status.add_header(&mut trailers) {
            return error.into_http();
        }
        let messages = stream::iter(messages).then(move |message| async move {
            delay(delay_ms).await;
            Frame::data(message)
        });
        let frames = messages.chain(stream::iter([Frame::trailers(trailers)]));
        let mut response =
            Response::new(Body::new(StreamBody::new(frames.map(Ok::<_, Infallible>))));
        *response.headers_mut() = headers;
        response
    }
}

/// Ends a call whose answer would take longer than its caller waits, in half of that time.
///
/// The suite expects an error without details, such as its own client makes at the deadline.
/// That of the server has details (MFN-ERR-003), and either of the two may be first. So this
/// service keeps the deadline itself, before both. That the server keeps it is tested elsewhere.
///
/// # Errors
/// The answer would come too late.
pub(crate) async fn in_time(headers: &HeaderMap, delay_ms: u32) -> Result<(), Status> {
    match timeout_ms(headers).and_then(|timeout| u32::try_from(timeout).ok()) {
        Some(timeout) if timeout <= delay_ms => {
            delay(timeout / 2).await;
            Err(Status::deadline_exceeded("the answer would come too late"))
        }
        _ => Ok(()),
    }
}

/// Waits as long as an answer is to take.
pub(crate) async fn delay(ms: u32) {
    sleep(Duration::from_millis(ms.into())).await;
}

/// A message with its prefix.
pub(crate) fn framed(message: &impl Message) -> Bytes {
    let encoded = message.encode_to_vec();
    let length = (encoded.len() as u32).to_be_bytes();
    [&[0][..], &length, &encoded].concat().into()
}

/// The status that is defined, which tells of the request where no message does.
pub(crate) fn status(error: &Error, info: Option<&RequestInfo>) -> Status {
    let message = error.message.clone().unwrap_or_default();
    let mut details = error.details.clone();
    details.extend(info.map(any));
    let details = pb::Status { code: error.code, message: message.clone(), details };
    Status::with_details(Code::from(error.code), message, details.encode_to_vec().into())
}

fn map(headers: &[Header]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for Header { name, value } in headers {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { continue };
        for value in value.iter().filter_map(|value| HeaderValue::from_str(value).ok()) {
            map.append(name.clone(), value);
        }
    }
    map
}
