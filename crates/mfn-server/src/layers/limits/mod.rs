//! How often and how many at once: a call takes one of its caller's places, is
//! charged to the caller's rate, and gives the place back when its answer is
//! complete and its computation has stopped.

mod body;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use http::{Extensions, Request, Response};
use mfn_access::{Key, Limits, Place};
use pin_project_lite::pin_project;
use tonic::body::Body;
use tower::{Layer, Service};

use super::audit::Peer;
use super::authentication::Identity;
use crate::access::{Access, Caller};
use crate::audit::Observed;
use crate::cost::Cost;
use crate::error::Error;
use crate::eviction::Candidate;
use crate::layers::unread::Bounded;
use crate::memory::{Reservation, SMALL_BYTES};
use crate::request_id::RequestId;
use crate::tenant::Tenant;
use body::PermitHoldingBody;

/// What an admitted call holds: one of its key's places, and memory. The answer's
/// body and the computation share it, and both are given back when the last of
/// the two has dropped it. It is empty for a call that is charged to nobody.
#[derive(Clone, Debug, Default)]
pub(crate) struct Permit(Option<Arc<Admitted>>);

#[derive(Debug)]
struct Admitted {
    key: Arc<Key>,
    /// Tells callers apart where they have no keys.
    peer: Option<Peer>,
    _place: Place,
    memory: OnceLock<Arc<Reservation>>,
}

impl Permit {
    #[cfg(test)]
    pub(crate) fn for_test(key: Arc<Key>) -> Self {
        let place = key.take_place().expect("a free place");
        Self(Some(Arc::new(Admitted { key, peer: None, _place: place, memory: OnceLock::new() })))
    }

    /// What the call of these extensions holds, which may be nothing.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// Who is served by the call's computation.
    pub(crate) fn tenant(&self) -> Tenant {
        match &self.0 {
            Some(call) if call.peer.is_none() => Tenant::Key(call.key.id().clone()),
            Some(call) => Tenant::Connection(call.peer.map(|Peer(address)| address)),
            None => Tenant::default(),
        }
    }

    /// The call passes, which is a reason for its connection to stay.
    fn shows_its_connection(&self, extensions: &Extensions) {
        match extensions.get::<Arc<Candidate>>() {
            Some(connection) if self.0.is_some() => connection.makes_admitted_call(),
            Some(connection) => connection.makes_free_call(),
            None => {}
        }
    }

    /// What the call may be expected to take, if there is a limit.
    pub(crate) fn max_cost(&self) -> Option<Cost> {
        let seconds = self.0.as_ref()?.key.limits().max_cost;
        (seconds > 0).then(|| Cost::seconds(seconds))
    }

    /// Workers that the tenant may have while others wait, if that is set.
    pub(crate) fn worker_share(&self) -> Option<usize> {
        let share = self.0.as_ref()?.key.limits().worker_share;
        (share > 0).then_some(share as usize)
    }

    /// Keeps `reservation` with the call, until its answer and its computation
    /// have both dropped this. A call keeps one.
    pub(crate) fn keep(&self, reservation: Arc<Reservation>) {
        if let Some(call) = &self.0 {
            call.memory.set(reservation).ok();
        }
    }

    /// The reservation that is kept with the call.
    pub(crate) fn memory(&self) -> Option<&Arc<Reservation>> {
        self.0.as_ref().and_then(|call| call.memory.get())
    }

    /// Whether others may have to wait for the memory that the call holds.
    fn holds_much_memory(&self) -> bool {
        self.memory().is_some_and(|memory| memory.bytes() >= SMALL_BYTES)
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
    fn admit(&self, extensions: &mut Extensions) -> Result<Permit, Error> {
        let Some(Identity(Caller { key, once, is_anonymous })) = extensions.remove() else {
            return Ok(Permit::default());
        };
        let Limits { rps, concurrent, .. } = key.limits();
        let id = || key.id().clone();
        let place =
            key.take_place().map_err(|_| Error::TooManyAtOnce { key: id(), limit: concurrent })?;
        if let Some(call) = &once {
            call.use_up().map_err(|not_once| Error::not_once(not_once, &key))?;
        }
        if let Err(exceeded) = key.admit(self.access.now()) {
            // The caller is asked to send the call again.
            once.as_ref().inspect(|call| call.give_back());
            return Err(Error::RateExceeded { key: id(), limit: rps, wait: exceeded.wait });
        }
        let peer = extensions.get().copied().filter(|_| is_anonymous);
        Ok(Permit(Some(Arc::new(Admitted { key, peer, _place: place, memory: OnceLock::new() }))))
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
                permit.shows_its_connection(request.extensions());
                let observed: Option<Observed> = request.extensions().get().cloned();
                if let (Some(observed), Some(_)) = (&observed, &permit.0) {
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
        Poll::Ready(Ok(match permit.0 {
            Some(_) => {
                let observed = this.observed.take();
                response.extensions_mut().insert(Bounded::ByPermit);
                response.map(|body| PermitHoldingBody::around(body, permit, observed))
            }
            None => response,
        }))
    }
}
