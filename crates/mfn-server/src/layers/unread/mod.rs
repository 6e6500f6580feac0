//! Bounds how many answers wait for their readers, and for how long, whose calls are
//! charged to nobody: health, and whatever is refused in a body. Streams cost
//! memory, and anyone can open them and never read.

mod body;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use http_body::Body as _;
use pin_project_lite::pin_project;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::audit::Observed;
use crate::error::Error;
use crate::free_calls::OfConnection;
use crate::reader::Reader;
use crate::request_id::RequestId;
use body::ReadBody;

/// What bounds an answer beside this layer, in the answer's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bounded {
    /// Its permit, which a key has only so many of.
    ByPermit,
    /// Its place among the streams of its kind. It may have nothing to tell for as
    /// long as it likes, but what it tells has to be read.
    ByPlace,
}

/// Has answers read that nobody is charged for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnreadLayer;

impl<S> Layer<S> for UnreadLayer {
    type Service = ReadInTime<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ReadInTime { inner }
    }
}

/// See [`UnreadLayer`].
#[derive(Clone, Debug)]
pub(crate) struct ReadInTime<S> {
    inner: S,
}

impl<S, A> Service<Request<A>> for ReadInTime<S>
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
        let connection = OfConnection::of(request.extensions());
        let observed = request.extensions().get().cloned();
        ResponseFuture { answer: self.inner.call(request), connection, observed, id }
    }
}

pin_project! {
    /// The answer to come.
    #[derive(Debug)]
    pub(crate) struct ResponseFuture<F> {
        #[pin]
        answer: F,
        connection: Result<OfConnection, Error>,
        observed: Option<Observed>,
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
        let bounded = response.extensions().get().copied();
        // A head is sent however little the reader takes.
        if bounded == Some(Bounded::ByPermit) || response.body().is_end_stream() {
            return Poll::Ready(Ok(response));
        }
        Poll::Ready(Ok(match this.connection {
            Ok(connection) => {
                let reader = Reader::begin_uncharged(this.observed.take(), connection.answer());
                let is_lasting = bounded == Some(Bounded::ByPlace);
                response.map(|body| ReadBody::around(body, &reader, is_lasting))
            }
            Err(error) => error.clone().into_response(this.id),
        }))
    }
}
