//! Reads the messages of requests as they come. Of each only the fields are kept
//! that its type has, so no request holds more than a few KiB, however long its
//! messages are.

mod filter;
mod kept;
mod reading;
mod request_data;
mod schema;
#[cfg(test)]
mod tests;
mod text;
mod varint;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use futures_util::FutureExt as _;
use http::Response;
use http_body::Frame;
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout, timeout_at};
use tonic::Status;

use crate::audit::Observed;
use crate::error::Error;
use crate::message_timeout::MessageTimeout;
use crate::request_id::RequestId;
pub(crate) use kept::Kept;
use reading::Reading;
pub(crate) use request_data::RequestData;
pub(crate) use schema::Methods;
use schema::Schema;

/// The messages of a request.
#[derive(Debug)]
pub(crate) struct Messages<B> {
    body: B,
    schema: Arc<Schema>,
    max_bytes: usize,
    /// How long they are waited for. Without it, whoever reads them has to end the
    /// wait.
    timeout: Option<MessageTimeout>,
    /// Since when, if they were not there at once.
    waiting_since: Option<Instant>,
    /// Who learns how many bytes and messages come.
    observed: Option<Observed>,
    /// Bytes that have come.
    came: usize,
    /// What has come and is not read yet.
    data: Bytes,
}

/// Why there is no message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// The request is refused.
    Refused(Error),
    /// The stream was reset, or its connection lost, before the request's end.
    CallerLeft,
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl Unread {
    /// The status of the call `id`. Nobody is there to read that of a caller who
    /// left, but the audit is to know.
    pub(crate) fn into_status(self, id: &RequestId) -> Status {
        match self {
            Self::Refused(error) => error.into_status(id),
            Self::CallerLeft => Status::cancelled("the caller left"),
        }
    }

    /// The answer that is nothing but that status.
    pub(crate) fn into_response<B: Default>(self, id: &RequestId) -> Response<B> {
        self.into_status(id).into_http()
    }
}

impl<B> Messages<B>
where
    B: RequestData,
{
    /// Those of `body`, which are of `schema` and have at most `max_bytes` each.
    pub(crate) fn new(body: B, schema: Arc<Schema>, max_bytes: usize) -> Self {
        Self {
            body,
            schema,
            max_bytes,
            timeout: None,
            waiting_since: None,
            observed: None,
            came: 0,
            data: Bytes::new(),
        }
    }

    /// The same of a call that is `observed`.
    pub(crate) fn observed(self, observed: Option<Observed>) -> Self {
        Self { observed, ..self }
    }

    /// The same, which have to come within `timeout` after they are first waited for.
    pub(crate) fn with_timeout(self, timeout: MessageTimeout) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// The next message, or what is wrong with it; nothing at the end of the
    /// request.
    ///
    /// # Errors
    /// Nothing further can be read: the prefix of the message is refused, or its
    /// caller has left.
    pub(crate) async fn next(&mut self) -> Result<Option<Result<Kept, Error>>, Unread> {
        let mut reading = Reading::new(Arc::clone(&self.schema), self.max_bytes);
        loop {
            let rest = reading.take(&self.data)?.len();
            self.data.advance(self.data.len() - rest);
            if reading.is_complete() {
                self.observed.as_ref().inspect(|observed| observed.received_message());
                return Ok(Some(reading.end()));
            }
            if !self.receive().await? {
                let is_begun = reading.is_begun();
                return Ok(is_begun.then_some(Err(Error::MalformedMessage)));
            }
        }
    }

    /// What is kept of the one message of a request.
    ///
    /// # Errors
    /// There is none, or another one after it, or it does not come in time. What is
    /// wrong with the message is told at the end of the request: an answer in the
    /// middle of it would reset the stream.
    pub(crate) async fn only(mut self) -> Result<Kept, Unread> {
        let message = self.next().await?.ok_or(Error::NoMessage)?;
        self.end().await?;
        Ok(message?)
    }

    /// Waits for the end of the request.
    ///
    /// # Errors
    /// Another message begins, or the caller has left.
    async fn end(&mut self) -> Result<(), Unread> {
        while self.data.is_empty() {
            // Mostly the last data came with the end.
            if self.body.is_end_stream() || !self.receive().await? {
                return Ok(());
            }
        }
        Err(Error::SecondMessage.into())
    }

    /// Receives further data, and returns whether there is any before the end.
    async fn receive(&mut self) -> Result<bool, Unread> {
        while let Some(frame) = self.frame().await? {
            if let Ok(data) = frame.into_data() {
                self.came += data.len();
                self.observed.as_ref().inspect(|observed| observed.received(data.len()));
                self.data = data;
                return Ok(true);
            }
        }
        // A stream that its client reset without an error only seems to have ended.
        if self.body.is_end_stream() { Ok(false) } else { Err(Unread::CallerLeft) }
    }

    /// The next frame of the body, if it comes in time.
    async fn frame(&mut self) -> Result<Option<Frame<Bytes>>, Unread> {
        let mut frame = self.body.frame().map(|frame| frame.transpose().map_err(Into::into));
        let Some(timeout) = self.timeout else { return frame.await };
        // Most are there at once, and need no clock.
        if let Some(there) = (&mut frame).now_or_never() {
            return there;
        }
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let in_time = timeout_at(since + timeout.after(self.came), frame).await;
        in_time.unwrap_or_else(|_elapsed| Err(Error::MessageTimeout(timeout).into()))
    }
}

/// `message`, if it is there in time.
///
/// # Errors
/// It is not.
pub(crate) async fn within<T>(
    limit: Duration,
    message: impl Future<Output = Result<T, Unread>>,
) -> Result<T, Unread> {
    let late = |_elapsed| Err(Error::MessageTimeout(MessageTimeout::fixed(limit)).into());
    timeout(limit, message).await.unwrap_or_else(late)
}
