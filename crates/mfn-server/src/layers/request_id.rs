//! Every answer says in its metadata which call it belongs to: errors too, and
//! those where the request was never read.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::request_id::{RequestId, X_REQUEST_ID};

/// Gives each call a [`RequestId`], and each answer its `x-request-id`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestIdLayer;

impl<S> Layer<S> for RequestIdLayer {
    type Service = WithRequestId<S>;

    fn layer(&self, inner: S) -> Self::Service {
        WithRequestId { inner }
    }
}

/// See [`RequestIdLayer`].
#[derive(Clone, Debug)]
pub(crate) struct WithRequestId<S> {
    inner: S,
}

impl<S, A, B> Service<Request<A>> for WithRequestId<S>
where
    S: Service<Request<A>, Response = Response<B>>,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<A>) -> Self::Future {
        let id = RequestId::offered_in(request.headers());
        request.extensions_mut().insert(id.clone());
        ResponseFuture { answer: self.inner.call(request), id }
    }
}

pin_project! {
    /// The answer to come, and the id it gets.
    #[derive(Debug)]
    pub(crate) struct ResponseFuture<F> {
        #[pin]
        answer: F,
        id: RequestId,
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.answer.poll(cx))?;
        response.headers_mut().insert(X_REQUEST_ID, this.id.to_header());
        Poll::Ready(Ok(response))
    }
}
