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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use http_body_util::Full;
    use mfn_access::{Key, Limits};
    use mfn_proto::SimulationRequest;
    use mfn_proto::mfn_simulation_service_server::SERVICE_NAME;
    use prost::Message as _;
    use tokio::sync::mpsc;
    use tower::ServiceExt as _;

    use super::*;
    use crate::prefix::put_prefix;
    use crate::request_id::X_REQUEST_ID;

    /// What a service knows of a call: the id, how long that was, and whether it is charged.
    type Known = (String, u64, bool);

    /// Tells what it knows of each call.
    #[derive(Clone)]
    struct Tells(mpsc::UnboundedSender<Known>);

    impl MessageService for Tells {
        async fn answer(&self, _: &str, message: &Kept, call: &Call) -> Result<Answer, Error> {
            let request: SimulationRequest = message.decode()?;
            let bytes = call.take_id(&request.request_id);
            let known = (call.id.as_str().to_owned(), bytes, call.permit.is_charged());
            self.0.send(known).expect("somebody waits for it");
            Ok(Answer::default())
        }
    }

    /// What a service knows of a call with the id "head" in its metadata, and with this one in
    /// its message.
    async fn known(request_id: &str, permit: Option<Permit>) -> Known {
        let message = SimulationRequest { request_id: request_id.to_owned(), ..Default::default() };
        let mut data = Vec::new();
        put_prefix(&mut data, message.encoded_len());
        message.encode(&mut data).expect("a vector has room");
        let path = format!("/{SERVICE_NAME}/RunSimulation");
        let request = Request::post(path).header(X_REQUEST_ID, "head");
        let mut request = request.body(Full::new(Bytes::from(data))).expect("a request");
        let id = RequestId::offered_in(request.headers());
        request.extensions_mut().insert(id);
        permit.map(|permit| request.extensions_mut().insert(permit));

        let (tell, mut told) = mpsc::unbounded_channel();
        let methods = Methods::of(SERVICE_NAME, mfn_proto::FILE_DESCRIPTOR_SET);
        let service = OneMessage::new(Tells(tell), methods, 64 * 1024);
        service.oneshot(request).await.expect("always an answer");
        told.recv().await.expect("the service has seen the call")
    }

    #[tokio::test]
    async fn a_service_knows_the_id_and_the_permit_of_its_call() {
        let key = Arc::new(Key::anonymous(Limits::default()));
        let permit = Permit::for_test(Arc::clone(&key));
        assert_eq!(known("message", Some(permit)).await, ("message".to_owned(), 7, true));
        assert_eq!(key.open_calls(), 0, "it is given back with the call");
        assert_eq!(known("", None).await, ("head".to_owned(), 0, false));
    }

    #[tokio::test]
    async fn an_id_of_which_only_the_beginning_is_kept_is_as_long_as_it_was_sent() {
        let long = "x".repeat(10_000);
        assert_eq!(known(&long, None).await, ("head".to_owned(), 10_000, false));
    }
}
