//! How often and how many at once: a call takes one of its caller's places, is
//! charged to the caller's rate, and gives the place back when its answer is
//! complete and its computation has stopped.

mod body;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{Extensions, Request, Response};
use mfn_access::{Limits, Place};
use pin_project_lite::pin_project;
use tonic::body::Body;
use tower::{Layer, Service};

use super::authentication::Identity;
use crate::access::{Access, Caller};
use crate::error::Error;
use crate::request_id::RequestId;
use body::PlaceHoldingBody;

/// A place that a call shares with its computation: it is free when both have
/// dropped it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held(Option<Arc<Place>>);

impl Held {
    #[cfg(test)]
    pub(crate) fn of(place: Place) -> Self {
        Self(Some(Arc::new(place)))
    }

    /// What the call of these extensions holds, which may be nothing.
    pub(crate) fn by(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }
}

/// Keeps callers within their limits.
#[derive(Clone, Debug)]
pub(crate) struct LimitsLayer(pub(crate) Arc<Access>);

impl<S> Layer<S> for LimitsLayer {
    type Service = Limited<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Limited { inner, access: Arc::clone(&self.0) }
    }
}

/// See [`LimitsLayer`].
#[derive(Clone, Debug)]
pub(crate) struct Limited<S> {
    inner: S,
    access: Arc<Access>,
}

impl<S> Limited<S> {
    /// The place first: a call that gets none is not charged. Then the signature,
    /// if it is to serve once: a replay is not charged either.
    fn admit(&self, extensions: &Extensions) -> Result<Held, Error> {
        let Some(Identity(Caller { key, once })) = extensions.get() else {
            return Ok(Held::default());
        };
        let Limits { rps, concurrent } = key.limits();
        let id = || key.id().clone();
        let place =
            key.take_place().map_err(|_| Error::TooManyAtOnce { key: id(), limit: concurrent })?;
        if let Some(call) = once {
            call.use_up().map_err(|not_once| Error::not_once(not_once, key))?;
        }
        if let Err(exceeded) = key.admit(self.access.now()) {
            // The caller is asked to send the call again.
            once.as_ref().inspect(|call| call.give_back());
            return Err(Error::RateExceeded { key: id(), limit: rps, wait: exceeded.wait });
        }
        Ok(Held(Some(Arc::new(place))))
    }
}

impl<S, A> Service<Request<A>> for Limited<S>
where
    S: Service<Request<A>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<A>) -> Self::Future {
        match self.admit(request.extensions()) {
            Ok(held) => {
                request.extensions_mut().insert(held.clone());
                let answer = self.inner.call(request);
                ResponseFuture { answer: Some(answer), refusal: None, held }
            }
            Err(error) => {
                let id = RequestId::in_layers(request.extensions());
                let refusal = Some(error.into_response(&id));
                ResponseFuture { answer: None, refusal, held: Held::default() }
            }
        }
    }
}

pin_project! {
    /// The answer to come, or the refusal.
    pub(crate) struct ResponseFuture<F> {
        #[pin]
        answer: Option<F>,
        refusal: Option<Response<Body>>,
        held: Held,
    }
}

impl<F> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<Body>, Infallible>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(answer) = this.answer.as_pin_mut() else {
            return this.refusal.take().map_or(Poll::Pending, |refusal| Poll::Ready(Ok(refusal)));
        };
        let Ok(response) = ready!(answer.poll(cx));
        let Held(place) = std::mem::take(this.held);
        Poll::Ready(Ok(match place {
            Some(place) => response.map(|body| PlaceHoldingBody::around(body, place)),
            None => response,
        }))
    }
}
