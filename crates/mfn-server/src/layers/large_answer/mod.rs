//! Sends answers that were encoded before, in pieces. tonic would encode each as a
//! whole on the thread of the network, and the other calls of that thread would wait.

mod body;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tokio_stream::Stream;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::error::Error;
use crate::request_id::RequestId;
use body::PiecesBody;

/// The encoded messages of an answer, with their prefixes, however they are cut.
pub(crate) type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

/// The body of an answer that a client may take long to read. A service puts it
/// into the extensions of a response, whose own body is then not sent.
#[derive(Clone)]
pub(crate) struct LargeAnswer(Arc<Mutex<Option<Pieces>>>);

impl LargeAnswer {
    pub(crate) fn new(pieces: Pieces) -> Self {
        Self(Arc::new(Mutex::new(Some(pieces))))
    }

    /// A response with this answer. `unsent` only gives it its type.
    pub(crate) fn into_response<T>(self, unsent: T) -> tonic::Response<T> {
        let mut response = tonic::Response::new(unsent);
        response.extensions_mut().insert(self);
        response
    }

    /// What is to be sent, once.
    pub(crate) fn take(&self) -> Option<Pieces> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Sends [`LargeAnswer`]s.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LargeAnswerLayer;

impl<S> Layer<S> for LargeAnswerLayer {
    type Service = SendingLargeAnswers<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SendingLargeAnswers { inner }
    }
}

/// See [`LargeAnswerLayer`].
#[derive(Clone, Debug)]
pub(crate) struct SendingLargeAnswers<S> {
    inner: S,
}

impl<S, A> Service<Request<A>> for SendingLargeAnswers<S>
where
    S: Service<Request<A>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let id = RequestId::in_layers(request.extensions());
        ResponseFuture { answer: self.inner.call(request), id }
    }
}

pin_project! {
    /// The answer to come.
    #[derive(Debug)]
    pub(crate) struct ResponseFuture<F> {
        #[pin]
        answer: F,
        id: RequestId,
    }
}

impl<F> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<Body>, Infallible>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Ok(response) = ready!(this.answer.poll(cx));
        let pieces = response.extensions().get().and_then(LargeAnswer::take);
        Poll::Ready(Ok(match pieces {
            Some(pieces) => response.map(|_unsent| PiecesBody::sending(pieces, this.id.clone())),
            None => response,
        }))
    }
}
