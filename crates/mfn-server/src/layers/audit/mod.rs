//! Sees every call from its head to its end, and leaves a record of it.

mod body;
mod entry;
mod gate;
mod messages;

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response, StatusCode};
use http_body::Body as _;
use pin_project_lite::pin_project;
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::audit::{Audit, Observed, Outcome};
pub(crate) use body::{AuditedBody, CountedBody};
use entry::Entry;
pub(crate) use gate::AuditGate;

/// What asks for the health of the server: often, and of no interest later.
const HEALTH: &str = "/grpc.health.v1.Health/";

/// Who is at the other end of a call's connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Records calls, if there is an audit.
#[derive(Clone, Debug)]
pub(crate) struct AuditLayer(pub(crate) Option<Audit>);

impl<S> Layer<S> for AuditLayer {
    type Service = Audited<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Audited { inner, audit: self.0.clone() }
    }
}

/// See [`AuditLayer`].
#[derive(Clone, Debug)]
pub(crate) struct Audited<S> {
    inner: S,
    audit: Option<Audit>,
}

impl<S, A> Service<Request<A>> for Audited<S>
where
    S: Service<Request<CountedBody<A>>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<AuditedBody>;
    type Error = Infallible;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<A>) -> Self::Future {
        let audit = self.audit.clone().filter(|_| !request.uri().path().starts_with(HEALTH));
        let entry = audit.map(|audit| {
            let observed = Observed::default();
            let entry = Entry::begin(audit, &request, observed.clone());
            request.extensions_mut().insert(observed);
            entry
        });
        let observed = entry.as_ref().map(Entry::observed);
        let request = request.map(|body| CountedBody::new(body, observed));
        ResponseFuture { answer: self.inner.call(request), entry }
    }
}

pin_project! {
    /// The answer to come.
    pub(crate) struct ResponseFuture<F> {
        #[pin]
        answer: F,
        entry: Option<Entry>,
    }
}

impl<F> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<Body>, Infallible>>,
{
    type Output = Result<Response<AuditedBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Ok(response) = ready!(this.answer.poll(cx));
        Poll::Ready(Ok(audited(response, this.entry.take())))
    }
}

fn audited(response: Response<Body>, mut entry: Option<Entry>) -> Response<AuditedBody> {
    if let Some(entry) = &mut entry {
        if response.status() == StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE {
            entry.ended(Outcome::headers_too_large());
        } else if response.status() != StatusCode::OK {
            entry.ended(Outcome::not_grpc());
        } else if let Some(status) = Status::from_header_map(response.headers()) {
            entry.ended(Outcome::of_status(&status));
        } else if response.body().is_end_stream() {
            entry.ended(Outcome::ok());
        }
    }
    response.map(|body| AuditedBody::new(body, entry))
}
