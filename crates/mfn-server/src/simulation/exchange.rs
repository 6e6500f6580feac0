//! One call of a client: what it sends of it, and how it reads and judges the answer.

use bytes::{Bytes, BytesMut};
use h2::client::{ResponseFuture, SendRequest};
use h2::{Reason, SendStream};
use http::{HeaderMap, Request};
use tokio::time::sleep;
use tonic::Status;
use tonic_types::StatusExt as _;

use super::call::Outcome;
use super::call_plan::{CallPlan, Reading, SentBody};
use super::client::Client;
use super::questions::Kind;
use super::watched::SIGNED_AT;
use crate::prefix::{PREFIX_BYTES, message_bytes};

/// Parts of an answer that a slow reader takes slowly, so that it comes to an end.
const SLOW_PARTS: usize = 8;

impl Client {
    /// Makes the call: sends what its plan says, and reads what it is answered.
    pub(super) async fn make(
        &self,
        id: &str,
        plan: &CallPlan,
        requests: SendRequest<Bytes>,
    ) -> Outcome {
        let Ok(mut requests) = requests.ready().await else { return Outcome::NotSent };
        let Ok((response, stream)) = requests.send_request(self.head(id, plan), false) else {
            return Outcome::NotSent;
        };
        let exchange = async {
            let mut body = std::pin::pin!(send(stream, plan));
            let mut answer = std::pin::pin!(self.read(id, plan, response));
            tokio::select! {
                biased;
                answer = &mut answer => answer,
                // Its stream must not be dropped before there is an answer.
                _stream = &mut body => answer.await,
            }
        };
        self.unless_left(plan, exchange).await
    }

    /// What comes of the `exchange`, unless the call is left before.
    pub(super) async fn unless_left(
        &self,
        plan: &CallPlan,
        exchange: impl Future<Output = Outcome>,
    ) -> Outcome {
        let left = async {
            match plan.is_left_after {
                Some(time) => sleep(time).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            answer = exchange => answer,
            () = left => {
                self.world.injects("client: leaves a call");
                Outcome::Left
            }
        }
    }

    pub(super) fn head(&self, id: &str, plan: &CallPlan) -> Request<()> {
        let path = plan.question.path();
        let now = self.has_signed_at.unwrap_or_else(|| self.now());
        let content_type =
            if plan.question.kind == Kind::NotGrpc { "text/plain" } else { "application/grpc" };
        let signed_at = plan.signature.timestamp(now).as_nanos().to_string();
        let mut head = Request::post(format!("http://localhost{path}"))
            .header("content-type", content_type)
            .header("te", "trailers")
            .header("x-request-id", id)
            .header(SIGNED_AT, signed_at);
        if let Some(timeout) = plan.timeout {
            head = head.header("grpc-timeout", format!("{}m", timeout.as_millis()));
        }
        for (name, value) in plan.signature.headers(&path, now) {
            head = head.header(name, value);
        }
        head.body(()).expect("a request")
    }

    async fn read(&self, id: &str, plan: &CallPlan, response: ResponseFuture) -> Outcome {
        let (head, mut body) = match response.await {
            Ok(response) => response.into_parts(),
            Err(error) => return lost(&error),
        };
        if head.status != http::StatusCode::OK {
            return Outcome::Http(head.status.as_u16());
        }
        if let Some(outcome) = status(&head.headers) {
            return outcome;
        }
        let mut bytes = BytesMut::new();
        if plan.reading == Reading::Never {
            self.world.injects("client: does not read");
        }
        let mut parts = 0;
        while let Some(data) = body.data().await {
            match data {
                Ok(data) => {
                    parts += 1;
                    if let Reading::Slowly(time) = plan.reading
                        && parts <= SLOW_PARTS
                    {
                        self.world.injects("client: reads slowly");
                        sleep(time).await;
                    }
                    if plan.reading != Reading::Never {
                        body.flow_control().release_capacity(data.len()).ok();
                    }
                    bytes.extend_from_slice(&data);
                }
                Err(error) => return lost(&error),
            }
        }
        let outcome = match body.trailers().await {
            Ok(Some(trailers)) => status(&trailers),
            Ok(None) => None,
            Err(error) => return lost(&error),
        };
        let Some(outcome) = outcome else {
            self.world.violated(format_args!("{id} is answered without a status"));
            return Outcome::Lost("no status".to_owned());
        };
        if outcome == Outcome::Status(0, None) && !plan.question.is_health() {
            self.check_messages(id, plan, &bytes);
        }
        outcome
    }

    pub(super) fn check_messages(&self, id: &str, plan: &CallPlan, bytes: &[u8]) {
        let expected = plan.question.answer();
        let received = messages(bytes);
        if received.as_ref() != Some(&expected) {
            let count = received.map(|received| received.len());
            self.world.violated(format_args!(
                "{id} is answered with OK and {count:?} messages, which are not the {} of {:?}",
                expected.len(),
                plan.question
            ));
        }
    }
}

fn lost(error: &h2::Error) -> Outcome {
    if error.reason() == Some(Reason::REFUSED_STREAM) {
        Outcome::NotBegun
    } else {
        Outcome::Lost(error.to_string())
    }
}

/// The messages of an answer, without their ids, which come first.
fn messages(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut messages = Vec::new();
    while let Some((prefix, rest)) = bytes.split_first_chunk::<PREFIX_BYTES>() {
        let (message, rest) = rest.split_at_checked(message_bytes(*prefix))?;
        messages.push(message.to_vec());
        bytes = rest;
    }
    bytes.is_empty().then_some(messages)
}

/// The status that is in these headers or trailers.
pub(super) fn status(headers: &HeaderMap) -> Option<Outcome> {
    let status = Status::from_header_map(headers)?;
    let reason = status.get_details_error_info().map(|info| info.reason);
    Some(Outcome::Status(status.code() as i32, reason))
}

/// Sends what the plan says of the message.
async fn send(mut stream: SendStream<Bytes>, plan: &CallPlan) -> SendStream<Bytes> {
    let SentBody { parts, pause, ends } = plan.sent_body();
    let ends_with_last = ends && pause.is_zero() && !parts.is_empty();
    let count = parts.len();
    for (number, part) in parts.into_iter().enumerate() {
        let is_end = ends_with_last && number + 1 == count;
        if stream.send_data(part, is_end).is_err() {
            break;
        }
        if !pause.is_zero() {
            sleep(pause).await;
        }
    }
    if ends && !ends_with_last {
        stream.send_data(Bytes::new(), true).ok();
    }
    stream
}
