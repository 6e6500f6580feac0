//! Reads the one message of a request, before anything is done for the call:
//! not more bytes than are allowed, and neither no message nor a second one.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Extensions, Request};
use tower::Service;

use super::answer_body::Answer;
use crate::audit::Observed;
use crate::error::Error;
use crate::message_timeout::MessageTimeout;
use crate::messages::{Kept, Messages, Methods, RequestData, Unread};
use crate::permit::Permit;
use crate::request_id::RequestId;

/// Time in which a message must have come: a call without a deadline would wait for
/// ever, and hold one of its key's permits.
const MESSAGE_TIMEOUT: MessageTimeout = MessageTimeout::growing(Duration::from_mins(1));

/// What answers single messages.
pub(crate) trait MessageService: Clone + Send + Sync + 'static {
    /// The answer to `message`, which the method of this name takes.
    ///
    /// # Errors
    /// Why there is none.
    fn answer(
        &self,
        method: &str,
        message: &Kept,
        call: &Call,
    ) -> impl Future<Output = Result<Answer, Error>> + Send;
}

/// What a service knows of a call beside its message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    pub(crate) id: RequestId,
    pub(crate) permit: Permit,
    /// How many bytes the id in its message had, if not all of them were kept.
    cut_id_bytes: Option<u64>,
}

impl Call {
    fn of(extensions: &Extensions) -> Self {
        let (id, permit) = (RequestId::in_layers(extensions), Permit::of(extensions));
        Self { id, permit, cut_id_bytes: None }
    }

    #[cfg(test)]
    pub(crate) fn for_test(permit: Permit) -> Self {
        Self { permit, ..Self::default() }
    }

    /// Takes the id that the message has, and returns how many bytes that had when it
    /// was sent.
    pub(crate) fn take_id(&self, in_message: &str) -> u64 {
        self.id.is_named(in_message);
        self.cut_id_bytes.unwrap_or(in_message.len() as u64)
    }
}

/// A service whose methods all take one message.
#[derive(Clone, Debug)]
pub(crate) struct OneMessage<S> {
    inner: S,
    methods: Methods,
    max_bytes: usize,
}

impl<S> OneMessage<S> {
    /// `inner`, which has these `methods` and takes messages of at most `max_bytes`.
    pub(crate) fn new(inner: S, methods: Methods, max_bytes: usize) -> Self {
        Self { inner, methods, max_bytes }
    }
}

impl<S, B> Service<Request<B>> for OneMessage<S>
where
    S: MessageService,
    B: RequestData,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let max_bytes = self.max_bytes;
        let method = self.methods.at(request.uri().path()).cloned();
        let inner = self.inner.clone();
        let mut call = Call::of(request.extensions());
        let observed = request.extensions().get::<Observed>().cloned();
        // Nobody behind reads the head, which can hold 16 KiB and more for as long as the
        // call lasts.
        let body = request.into_body();
        Box::pin(async move {
            let answer = async {
                let method = method.ok_or(Error::MethodUnknown)?;
                let messages = Messages::new(body, method.request, max_bytes);
                let messages = messages.with_timeout(MESSAGE_TIMEOUT).observed(observed);
                let message = messages.only().await?;
                call.cut_id_bytes = message.request_id_bytes_if_cut();
                Ok(inner.answer(&method.name, &message, &call).await?)
            };
            Ok(answer.await.unwrap_or_else(|unread: Unread| unread.into_response(&call.id)))
        })
    }
}
