//! What lets a call pass, or refuses it by its head alone.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use futures_util::future::Either;
use http::request::Parts;
use http::{Request, Response};
use tonic::body::Body;
use tower::{Layer, Service};

use crate::error::Error;
use crate::request_id::RequestId;

/// Decides on calls.
pub(crate) trait Gate: Clone {
    /// Lets the call of this head pass, perhaps with something written into its
    /// extensions for those behind.
    ///
    /// # Errors
    /// Why not.
    fn check(&self, call: &mut Parts) -> Result<(), Error>;
}

/// Puts a gate before a service.
#[derive(Clone, Debug)]
pub(crate) struct GateLayer<G>(pub(crate) G);

impl<S, G: Gate> Layer<S> for GateLayer<G> {
    type Service = Gated<S, G>;

    fn layer(&self, inner: S) -> Self::Service {
        Gated { inner, gate: self.0.clone() }
    }
}

/// See [`GateLayer`].
#[derive(Clone, Debug)]
pub(crate) struct Gated<S, G> {
    inner: S,
    gate: G,
}

impl<S, G, A> Service<Request<A>> for Gated<S, G>
where
    S: Service<Request<A>, Response = Response<Body>, Error = Infallible>,
    G: Gate,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<S::Future, Ready<Result<Response<Body>, Infallible>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        match self.gate.check(&mut head) {
            Ok(()) => Either::Left(self.inner.call(Request::from_parts(head, body))),
            Err(error) => {
                let id = RequestId::in_layers(&head.extensions);
                Either::Right(ready(Ok(error.into_response(&id))))
            }
        }
    }
}
