//! A panic is answered INTERNAL to the call that it happened in; without this
//! the transport would reset the stream, and the caller would read CANCELLED.

use std::convert::Infallible;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Request;
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use super::answer_body::Answer;
use crate::error::Error;
use crate::request_id::RequestId;

/// Answers for calls that panic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PanicLayer;

impl<S> Layer<S> for PanicLayer {
    type Service = CatchPanic<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CatchPanic { inner }
    }
}

/// See [`PanicLayer`].
#[derive(Clone, Debug)]
pub(crate) struct CatchPanic<S> {
    inner: S,
}

impl<S, A> Service<Request<A>> for CatchPanic<S>
where
    S: Service<Request<A>, Response = Answer, Error = Infallible>,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let id = RequestId::in_layers(request.extensions());
        let answer = catch_unwind(AssertUnwindSafe(|| self.inner.call(request)));
        ResponseFuture { answer: answer.ok(), id }
    }
}

pin_project! {
    /// The answer to come, if the service came as far as to promise one.
    #[derive(Debug)]
    pub(crate) struct ResponseFuture<F> {
        #[pin]
        answer: Option<F>,
        id: RequestId,
    }
}

impl<F> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Answer, Infallible>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let polled = this
            .answer
            .as_pin_mut()
            .map(|answer| catch_unwind(AssertUnwindSafe(|| answer.poll(cx))));
        match polled {
            Some(Ok(poll)) => poll,
            _ => Poll::Ready(Ok(Error::Internal.into_response(this.id))),
        }
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;
    use tower::{ServiceExt as _, service_fn};

    use super::*;
    use crate::layers::answer_body;

    async fn code_of<F>(service: fn(Request<()>) -> F) -> Option<Code>
    where
        F: Future<Output = Result<Answer, Infallible>>,
    {
        let service = PanicLayer.layer(service_fn(service));
        answer_body::code_of(&service.oneshot(Request::new(())).await.expect("always an answer"))
    }

    // shows MFN-ERR-007
    #[tokio::test]
    async fn a_panic_is_internal_wherever_it_happens() {
        assert_eq!(code_of(|_| async { panic!("of the test") }).await, Some(Code::Internal));
        let at_once =
            |_| -> std::future::Ready<Result<Answer, Infallible>> { panic!("of the test") };
        assert_eq!(code_of(at_once).await, Some(Code::Internal));
        assert_eq!(code_of(|_| async { Ok(Answer::default()) }).await, None);
    }
}
