//! One call of a client that speaks gRPC-Web over HTTP/1.1.

use std::convert::Infallible;

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use tokio::time::{Duration, sleep};

use super::call::Outcome;
use super::call_plan::{CallPlan, Reading, SentBody};
use super::client::Client;
use super::exchange::status;
use super::questions::Kind;
use crate::prefix::{PREFIX_BYTES, message_bytes};
use crate::reader::LONGEST_STALL;

/// The body of a request.
pub(super) type WebBody = UnsyncBoxBody<Bytes, Infallible>;

/// The bit of a prefix by which trailers are known.
const IS_TRAILERS: u8 = 0x80;
/// How long who does not read reads nothing: longer than a server waits.
const NEVER: Duration = LONGEST_STALL.saturating_mul(2);

impl Client {
    /// Makes the call: sends what its plan says, and reads what it is answered.
    pub(super) async fn make_by_web(
        &self,
        id: &str,
        plan: &CallPlan,
        requests: &mut SendRequest<WebBody>,
    ) -> Outcome {
        if requests.ready().await.is_err() {
            return Outcome::NotSent;
        }
        let request = web_head(self.head(id, plan), plan).map(|()| body(plan.sent_body()));
        let exchange = async {
            match requests.send_request(request).await {
                Ok(answer) => self.read_web(id, plan, answer).await,
                Err(error) if error.is_canceled() => Outcome::NotSent,
                Err(error) if error.is_incomplete_message() => Outcome::Unanswered,
                Err(error) => Outcome::Lost(error.to_string()),
            }
        };
        self.unless_left(plan, exchange).await
    }

    async fn read_web(&self, id: &str, plan: &CallPlan, answer: Response<Incoming>) -> Outcome {
        let (head, mut body) = answer.into_parts();
        if head.status != http::StatusCode::OK {
            return Outcome::Http(head.status.as_u16());
        }
        if plan.reading == Reading::Never {
            self.world.injects("client: does not read");
            sleep(NEVER).await;
        }
        let mut bytes = BytesMut::new();
        while let Some(frame) = body.frame().await {
            match frame.map(Frame::into_data) {
                Ok(Ok(data)) => bytes.extend_from_slice(&data),
                Ok(Err(_trailers)) => {}
                Err(error) => return Outcome::Lost(error.to_string()),
            }
            if let Reading::Slowly(time) = plan.reading
                && bytes.len() < 10_000
            {
                self.world.injects("client: reads slowly");
                sleep(time).await;
            }
        }
        let (messages, trailers) = split_trailers(&bytes);
        let outcome = status(&head.headers).or_else(|| status(&headers(trailers)));
        let Some(outcome) = outcome else {
            self.world.violated(format_args!("{id} is answered without a status"));
            return Outcome::Lost("no status".to_owned());
        };
        if outcome == Outcome::Status(0, None) && !plan.question.is_health() {
            self.check_messages(id, plan, messages);
        }
        outcome
    }
}

/// The head of a call as gRPC-Web has it.
fn web_head(head: Request<()>, plan: &CallPlan) -> Request<()> {
    let (mut head, ()) = head.into_parts();
    let content_type = match plan.question.kind {
        Kind::NotGrpc => "text/plain",
        _ => "application/grpc-web+proto",
    };
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    head.headers.insert(HOST, HeaderValue::from_static("localhost"));
    head.uri = Uri::try_from(plan.question.path()).expect("a path");
    Request::from_parts(head, ())
}

fn body(sent: SentBody) -> WebBody {
    let SentBody { parts, pause, ends } = sent;
    if ends && pause.is_zero() {
        return Full::from(parts.concat()).boxed_unsync();
    }
    let frames = stream::unfold(parts.into_iter(), move |mut parts| async move {
        if parts.len() > 0 {
            sleep(pause).await;
        }
        match parts.next() {
            Some(part) => Some((Ok(Frame::data(part)), parts)),
            None if ends => None,
            None => std::future::pending().await,
        }
    });
    StreamBody::new(frames).boxed_unsync()
}

/// What comes before the trailers, and their lines.
fn split_trailers(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    while let Some(prefix) = bytes.get(at..).and_then(|rest| rest.first_chunk::<PREFIX_BYTES>()) {
        if prefix[0] & IS_TRAILERS != 0 {
            return (&bytes[..at], &bytes[at + PREFIX_BYTES..]);
        }
        at += PREFIX_BYTES + message_bytes(*prefix);
    }
    (bytes, &[])
}

fn headers(lines: &[u8]) -> HeaderMap {
    let line = |line: &[u8]| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        Some((name, value))
    };
    lines.split(|byte| *byte == b'\n').filter_map(line).collect()
}
