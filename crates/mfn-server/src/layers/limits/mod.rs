//! How often and how many at once: a call takes a permit of its caller, is charged
//! to the caller's rate, and gives the permit back when its answer is complete and
//! its computation has stopped.

mod body;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{Extensions, Request, Response};
use mfn_access::Limits;
use pin_project_lite::pin_project;
use tonic::body::Body;
use tower::{Layer, Service};

use super::audit::Peer;
use super::authentication::Identity;
use crate::access::{Access, Caller};
use crate::audit::Observed;
use crate::error::Error;
use crate::eviction::Candidate;
use crate::layers::unread::Bounded;
use crate::permit::Permit;
use crate::request_id::RequestId;
use body::PermitHoldingBody;

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
    /// The permit first: a call that gets none is not charged. Then the signature,
    /// if it is to serve once: a replay is not charged either.
    fn admit(&self, extensions: &mut Extensions) -> Result<Permit, Error> {
        let Some(Identity(Caller { key, once, is_anonymous })) = extensions.remove() else {
            return Ok(Permit::default());
        };
        let Limits { rps, concurrent, .. } = key.limits();
        let id = || key.id().clone();
        let concurrency =
            key.acquire().map_err(|_| Error::TooManyAtOnce { key: id(), limit: concurrent })?;
        if let Some(call) = &once {
            call.use_up().map_err(|not_once| Error::not_once(not_once, &key))?;
        }
        if let Err(exceeded) = key.admit(self.access.now()) {
            // The caller is asked to send the call again.
            once.as_ref().inspect(|call| call.give_back());
            return Err(Error::RateExceeded { key: id(), limit: rps, wait: exceeded.wait });
        }
        let peer = extensions.get().filter(|_| is_anonymous).map(|Peer(address)| *address);
        Ok(Permit::new(key, peer, concurrency))
    }

    /// A call that passes is a reason for its connection to stay.
    fn show_connection(permit: &Permit, extensions: &Extensions) {
        match extensions.get::<Arc<Candidate>>() {
            Some(connection) if permit.is_charged() => {
                connection.makes_admitted_call(|| permit.tenant());
            }
            Some(connection) => connection.makes_free_call(),
            None => {}
        }
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
        match self.admit(request.extensions_mut()) {
            Ok(permit) => {
                Self::show_connection(&permit, request.extensions());
                let observed: Option<Observed> = request.extensions().get().cloned();
                if let Some(observed) = observed.as_ref().filter(|_| permit.is_charged()) {
                    observed.account_for_it();
                }
                request.extensions_mut().insert(permit.clone());
                let answer = self.inner.call(request);
                ResponseFuture { answer: Some(answer), refusal: None, permit, observed }
            }
            Err(error) => {
                let id = RequestId::in_layers(request.extensions());
                let refusal = Some(error.into_response(&id));
                ResponseFuture { answer: None, refusal, permit: Permit::default(), observed: None }
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
        permit: Permit,
        observed: Option<Observed>,
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
        let Ok(mut response) = ready!(answer.poll(cx));
        let permit = std::mem::take(this.permit);
        if !permit.is_charged() {
            return Poll::Ready(Ok(response));
        }
        let observed = this.observed.take();
        response.extensions_mut().insert(Bounded::ByPermit);
        Poll::Ready(Ok(response.map(|body| PermitHoldingBody::around(body, permit, observed))))
    }
}
