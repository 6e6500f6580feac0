//! A call of the web under way, which becomes an answer as gRPC has it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use conformance_web::{AnswerReader, Http, Protocol};
use conformance_wire::messages;
use http::Request;
use tokio::time;

use super::answer::{Answer, Arrived};
use super::connection::{CallError, Connection};

/// A call of the web that has been sent. It is cancelled with this.
#[derive(Debug)]
pub(super) struct WebExchange {
    protocol: Protocol,
    exchange: conformance_web::Exchange,
    reader: Option<AnswerReader>,
}

impl WebExchange {
    /// Sends a call, on a connection of its own to the same server.
    pub(super) async fn begin(
        connection: &Connection,
        (protocol, http): (Protocol, Http),
        request: Request<Bytes>,
    ) -> Result<Self, CallError> {
        let exchange = conformance_web::Exchange::begin(&connection.endpoint, http, request);
        Ok(Self { protocol, exchange: exchange.await?, reader: None })
    }

    /// Waits for the headers of the answer to `method`, the first time.
    pub(super) async fn headers(
        &mut self,
        method: &str,
        timeout: Duration,
    ) -> Result<Option<Answer>, CallError> {
        let head = time::timeout(timeout, self.exchange.head()).await;
        let head = head.map_err(|_| CallError::Silence("no answer came"))??;
        Ok(head.map(|head| {
            let (parts, ()) = head.into_parts();
            let (status, headers) = (parts.status, parts.headers);
            let known = messages::method(method);
            self.reader = Some(AnswerReader::new(self.protocol, known, status, headers.clone()));
            let answer = Answer::new(method.to_owned(), status, headers);
            Answer { protocol: self.protocol, ..answer }
        }))
    }

    /// Takes one piece of the answer; its bytes, if there may be another.
    pub(super) async fn more(
        &mut self,
        answer: &mut Answer,
        timeout: Duration,
    ) -> Result<Option<Bytes>, CallError> {
        let data = time::timeout(timeout, self.exchange.data()).await;
        let data = data.map_err(|_| CallError::Silence("the answer does not go on"))??;
        let arrived = |message: conformance_web::answer::Message| Arrived {
            is_compressed: message.is_compressed,
            bytes: message.bytes,
            json: message.json,
            at: Instant::now(),
        };
        if let Some(data) = data {
            let messages = self.reader.as_mut().map(|reader| reader.take(&data));
            answer.messages.extend(messages.into_iter().flatten().map(arrived));
            return Ok(Some(data));
        }
        if let Some(reader) = self.reader.take() {
            let end = reader.end();
            answer.messages.extend(end.message.map(arrived));
            (answer.trailers, answer.rest, answer.faults) = (end.trailers, end.rest, end.faults);
        }
        Ok(None)
    }
}
