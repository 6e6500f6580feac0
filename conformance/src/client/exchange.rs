//! A call under way.

use std::future::poll_fn;
use std::time::Duration;

use bytes::Bytes;
use conformance_web::{Http, Protocol};
use h2::client::ResponseFuture;
use h2::{RecvStream, SendStream};
use http::{HeaderMap, Request};
use tokio::time;

use super::answer::Answer;
use super::connection::{CallError, Connection};
use super::secrets::Secrets;
use super::web::WebExchange;

/// What goes over the wire for one call.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Method, path and headers.
    pub head: Request<()>,
    /// What it is sent by, if not by gRPC.
    pub by: Option<(Protocol, Http)>,
    /// The DATA frames.
    pub frames: Vec<Bytes>,
    /// The trailers, if there are any.
    pub trailers: Option<HeaderMap>,
    /// The request is not ended.
    pub left_open: bool,
}

/// A call that has been sent. It is cancelled with this.
#[derive(Debug)]
pub struct Exchange {
    method: String,
    /// Who has all that follows, of a call of the web.
    web: Option<Box<WebExchange>>,
    response: Option<ResponseFuture>,
    body: Option<RecvStream>,
    // Its stream is reset when both halves are dropped.
    sender: Option<SendStream<Bytes>>,
    answer: Option<Answer>,
    sending: tokio::task::AbortHandle,
    secrets: Secrets,
}

impl Exchange {
    /// Sends a call.
    ///
    /// # Errors
    /// The connection is broken.
    pub async fn begin(connection: &Connection, outgoing: Outgoing) -> Result<Self, CallError> {
        let method = outgoing.head.uri().path().trim_start_matches('/').to_owned();
        let mut exchange = Self {
            method,
            web: None,
            response: None,
            body: None,
            sender: None,
            answer: None,
            sending: tokio::spawn(async {}).abort_handle(),
            secrets: connection.secrets.clone(),
        };
        if let Some(by) = outgoing.by {
            let body = Bytes::from(outgoing.frames.concat());
            let request = outgoing.head.map(|()| body);
            // Boxed, since futures that pass it on would each have room for all of it.
            let begun = Box::pin(WebExchange::begin(connection, by, request)).await?;
            exchange.web = Some(Box::new(begun));
            return Ok(exchange);
        }
        let mut requests = connection.requests.clone().ready().await.map_err(CallError::Http2)?;
        let Outgoing { head, frames, trailers, left_open, .. } = outgoing;
        let ends_at_once = frames.is_empty() && trailers.is_none() && !left_open;
        let (response, sender) =
            requests.send_request(head, ends_at_once).map_err(CallError::Http2)?;
        exchange.response = Some(response);
        if ends_at_once {
            exchange.sender = Some(sender);
        } else {
            // A server that refuses by the head takes no more of them, and
            // answers all the same.
            let sending = tokio::spawn(send(sender, frames, trailers, left_open));
            exchange.sending = sending.abort_handle();
        }
        Ok(exchange)
    }

    /// Waits for the headers of the answer.
    ///
    /// # Errors
    /// They do not come, or not within `timeout`.
    pub async fn headers(&mut self, timeout: Duration) -> Result<&Answer, CallError> {
        if let Some(web) = &mut self.web
            && let Some(answer) = Box::pin(web.headers(&self.method, timeout)).await?
        {
            look_at_metadata(&self.secrets, &answer.headers)?;
            self.answer = Some(answer);
        }
        if let Some(response) = self.response.take() {
            let response = time::timeout(timeout, response)
                .await
                .map_err(|_| CallError::Silence("no answer came"))?
                .map_err(CallError::Http2)?;
            let (parts, body) = response.into_parts();
            look_at_metadata(&self.secrets, &parts.headers)?;
            self.answer = Some(Answer::new(self.method.clone(), parts.status, parts.headers));
            self.body = Some(body);
        }
        self.answer.as_ref().ok_or(CallError::Silence("no answer came"))
    }

    /// Waits until `count` messages have come, or the end.
    ///
    /// # Errors
    /// The answer does not begin, or does not go on within `timeout`.
    pub async fn messages(
        &mut self,
        count: usize,
        timeout: Duration,
    ) -> Result<&Answer, CallError> {
        self.headers(timeout).await?;
        while self.answer.as_ref().is_some_and(|answer| answer.messages.len() < count) {
            if !self.more(timeout).await? {
                break;
            }
        }
        self.answer.as_ref().ok_or(CallError::Silence("no answer came"))
    }

    /// Waits for the end. A stream that is reset ends with what had come.
    ///
    /// # Errors
    /// The answer does not begin, or does not go on within `timeout`.
    pub async fn end(mut self, timeout: Duration) -> Result<Answer, CallError> {
        self.headers(timeout).await?;
        while self.more(timeout).await? {}
        self.answer.take().ok_or(CallError::Silence("no answer came"))
    }

    /// Takes one piece of the answer; whether there may be another.
    async fn more(&mut self, timeout: Duration) -> Result<bool, CallError> {
        if let (Some(web), Some(answer)) = (&mut self.web, &mut self.answer) {
            let data = Box::pin(web.more(answer, timeout)).await?;
            look_at_bytes(&self.secrets, data.as_deref().unwrap_or_default(), "its body")?;
            answer.trailers.iter().try_for_each(|all| look_at_metadata(&self.secrets, all))?;
            return Ok(data.is_some());
        }
        let (Some(body), Some(answer)) = (&mut self.body, &mut self.answer) else {
            return Ok(false);
        };
        let silence = |_| CallError::Silence("the answer does not go on");
        match time::timeout(timeout, body.data()).await.map_err(silence)? {
            Some(Ok(data)) => {
                body.flow_control().release_capacity(data.len()).map_err(CallError::Http2)?;
                let before = answer.messages.len();
                answer.take(&data);
                for message in &answer.messages[before..] {
                    look_at_bytes(&self.secrets, &message.bytes, "a message")?;
                }
                Ok(true)
            }
            Some(Err(error)) => {
                answer.reset = Some(error.reason().ok_or(CallError::Http2(error))?);
                Ok(false)
            }
            None => {
                // An answer that is no gRPC has no messages.
                look_at_bytes(&self.secrets, &answer.rest, "its body")?;
                match time::timeout(timeout, body.trailers()).await.map_err(silence)? {
                    Ok(trailers) => {
                        trailers
                            .iter()
                            .try_for_each(|trailers| look_at_metadata(&self.secrets, trailers))?;
                        answer.trailers = trailers;
                    }
                    Err(error) => {
                        answer.reset = Some(error.reason().ok_or(CallError::Http2(error))?);
                    }
                }
                Ok(false)
            }
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.sending.abort();
    }
}

fn look_at_metadata(secrets: &Secrets, headers: &HeaderMap) -> Result<(), CallError> {
    secrets.found_in_metadata(headers).map_or(Ok(()), |(key, name)| {
        Err(CallError::Secret { key: key.to_owned(), place: name.to_owned() })
    })
}

fn look_at_bytes(secrets: &Secrets, bytes: &[u8], place: &str) -> Result<(), CallError> {
    secrets.found_in(bytes).map_or(Ok(()), |key| {
        Err(CallError::Secret { key: key.to_owned(), place: place.to_owned() })
    })
}

/// Sends frame by frame, as the server takes them.
async fn send(
    mut sender: SendStream<Bytes>,
    frames: Vec<Bytes>,
    trailers: Option<HeaderMap>,
    left_open: bool,
) {
    let last = frames.len();
    for (number, frame) in (1..).zip(frames) {
        let ends = number == last && trailers.is_none() && !left_open;
        if send_frame(&mut sender, frame, ends).await.is_none() {
            return;
        }
    }
    if let Some(trailers) = trailers {
        sender.send_trailers(trailers).ok();
    }
    if left_open {
        // Until the call is given up.
        std::future::pending::<()>().await;
    }
}

async fn send_frame(sender: &mut SendStream<Bytes>, mut frame: Bytes, ends: bool) -> Option<()> {
    if frame.is_empty() {
        return sender.send_data(frame, ends).ok();
    }
    while !frame.is_empty() {
        sender.reserve_capacity(frame.len());
        let capacity = poll_fn(|cx| sender.poll_capacity(cx)).await?.ok()?;
        let part = frame.split_to(capacity.min(frame.len()));
        let is_last = ends && frame.is_empty();
        sender.send_data(part, is_last).ok()?;
    }
    Some(())
}
