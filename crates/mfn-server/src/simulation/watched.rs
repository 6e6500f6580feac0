//! What watches calls on their way through the server: around all of its layers, and within
//! them, around its services.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Extensions, Request, StatusCode};
use http_body::{Body, Frame, SizeHint};
use tonic::Status;
use tower::Service;

use super::ledger::Ledger;
use super::sabotage::Sabotage;
use crate::layers::answer_body::{Answer, AnswerBody};
use crate::permit::Permit;

/// The name of the header by which a client says when it signed the call.
pub(super) const SIGNED_AT: &str = "simulation-signed-at";
const REQUEST_ID: &str = "x-request-id";

/// Around all layers.
#[derive(Clone)]
pub(super) struct Outermost<S> {
    pub(super) inner: S,
    pub(super) ledger: Ledger,
    pub(super) sabotage: Sabotage,
}

impl<S, B> Service<Request<B>> for Outermost<S>
where
    S: Service<Request<B>, Response = Answer, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let id = header(REQUEST_ID).unwrap_or_default().to_owned();
        let signed_at = header(SIGNED_AT).and_then(|nanos| nanos.parse().ok());
        let signed_at = Duration::from_nanos(signed_at.unwrap_or_default());
        self.ledger.begins(&id, signed_at);
        let sabotage = self.sabotage;
        sabotage.request(&mut request);
        request.extensions_mut().insert(CallName(id.clone()));
        let watched = WatchedCall { ledger: self.ledger.clone(), id };
        let answer = self.inner.call(request);
        self.ledger.is_decided(&watched.id);
        Box::pin(async move {
            let answer = answer.await?;
            // What is not gRPC has no deadline, and is refused with a status of HTTP.
            let is_ok = answer.status() == StatusCode::OK
                && Status::from_header_map(answer.headers()).is_none();
            watched.ledger.answers(&watched.id, is_ok);
            sabotage.answer();
            // The head has told all.
            if answer.body().is_end_stream() {
                return Ok(answer);
            }
            Ok(answer.map(|body| {
                let bound = body.bound();
                let body = WatchedBody { body, call: watched, sabotage, doubled: None };
                AnswerBody::frames(body, bound)
            }))
        })
    }
}

/// By which services are told of which call they are.
#[derive(Clone)]
struct CallName(String);

/// The server lets go of the call when this is dropped.
struct WatchedCall {
    ledger: Ledger,
    id: String,
}

impl Drop for WatchedCall {
    fn drop(&mut self) {
        self.ledger.ends(&self.id);
    }
}

/// The body of an answer.
struct WatchedBody {
    body: AnswerBody,
    call: WatchedCall,
    sabotage: Sabotage,
    doubled: Option<Bytes>,
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if let Some(data) = this.doubled.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        this.sabotage.answer();
        let WatchedCall { ledger, id } = &this.call;
        match &frame {
            Some(Ok(frame)) if frame.is_data() => {
                ledger.sends_data(id);
                this.doubled = frame.data_ref().and_then(|data| this.sabotage.second(data));
            }
            Some(Ok(frame)) => {
                let status = frame.trailers_ref().and_then(Status::from_header_map);
                if status.is_none_or(|status| status.code() == tonic::Code::Ok) {
                    ledger.sends_data(id);
                }
                ledger.completes(id);
            }
            Some(Err(_)) | None => ledger.completes(id),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.doubled.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Around the services.
#[derive(Clone)]
pub(super) struct Innermost<S> {
    pub(super) inner: S,
    pub(super) ledger: Ledger,
    pub(super) sabotage: Sabotage,
}

impl<S, B> Service<Request<B>> for Innermost<S>
where
    S: Service<Request<B>, Response = Answer, Error = Infallible>,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let name = |extensions: &Extensions| extensions.get::<CallName>().cloned();
        if let Some(CallName(id)) = name(request.extensions()) {
            self.ledger.reaches(&id);
        }
        self.sabotage.permit(&Permit::of(request.extensions()));
        self.inner.call(request)
    }
}
