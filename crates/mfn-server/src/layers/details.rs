//! What tonic refuses by itself, unknown methods and undecodable messages, gets
//! the details that every error has.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::error::Error;
use crate::request_id::RequestId;

/// Adds details to errors that have none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DetailsLayer;

impl<S> Layer<S> for DetailsLayer {
    type Service = WithDetails<S>;

    fn layer(&self, inner: S) -> Self::Service {
        WithDetails { inner }
    }
}

/// See [`DetailsLayer`].
#[derive(Clone, Debug)]
pub(crate) struct WithDetails<S> {
    inner: S,
}

impl<S, A> Service<Request<A>> for WithDetails<S>
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
        let headers = response.headers();
        // Only an answer without a message has its status in the headers.
        if !headers.contains_key(Status::GRPC_STATUS)
            || headers.contains_key(Status::GRPC_STATUS_DETAILS)
        {
            return Poll::Ready(Ok(response));
        }
        let refusal = Status::from_header_map(headers)
            .and_then(|status| Error::of_bare_refusal(status.code()));
        Poll::Ready(Ok(match refusal {
            Some(error) => error.into_response(this.id),
            None => response,
        }))
    }
}
