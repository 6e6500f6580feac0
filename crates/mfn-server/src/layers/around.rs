//! Does something with a call before an inner service, and with its answer after it.
//! It is the one form of all layers that need no more than that.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Request;
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use super::answer_body::Answer;
use crate::error::Error;
use crate::request_id::RequestId;

/// What is done around an inner service.
pub(crate) trait Around: Clone {
    /// What is known of a call when its answer comes.
    type Kept: After;

    /// Looks at the head of a call, into whose extensions it may write something for
    /// those behind.
    ///
    /// # Errors
    /// The call is refused, and the inner service does not see it.
    fn before<B>(&self, call: &mut Request<B>) -> Result<Self::Kept, Refusal>;
}

/// What is done with the answer of the inner service.
pub(crate) trait After {
    /// Changes the answer of the call of which this was kept.
    fn after(self, answer: &mut Answer);
}

/// Decides on calls by their heads alone.
pub(crate) trait Gate: Clone {
    /// Lets a call pass, perhaps with something written into its extensions for those
    /// behind.
    ///
    /// # Errors
    /// The call does not pass.
    fn check<B>(&self, call: &mut Request<B>) -> Result<(), Refusal>;
}

/// A gate does nothing with an answer.
impl<G: Gate> Around for G {
    type Kept = ();

    fn before<B>(&self, call: &mut Request<B>) -> Result<(), Refusal> {
        self.check(call)
    }
}

impl After for () {
    fn after(self, _: &mut Answer) {}
}

/// What a call is answered that is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The status of this error.
    Error(Error),
    /// This, as it is.
    Answer(Box<Answer>),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Does it around an inner service.
#[derive(Clone, Debug)]
pub(crate) struct AroundLayer<A>(pub(crate) A);

impl<S, A: Clone> Layer<S> for AroundLayer<A> {
    type Service = AroundService<S, A>;

    fn layer(&self, inner: S) -> Self::Service {
        AroundService { inner, around: self.0.clone() }
    }
}

/// See [`AroundLayer`].
#[derive(Clone, Debug)]
pub(crate) struct AroundService<S, A> {
    inner: S,
    around: A,
}

impl<S, A, B> Service<Request<B>> for AroundService<S, A>
where
    S: Service<Request<B>, Response = Answer, Error = Infallible>,
    A: Around,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = AroundFuture<S::Future, A::Kept>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut call: Request<B>) -> Self::Future {
        match self.around.before(&mut call) {
            Ok(kept) => AroundFuture::Passed { answer: self.inner.call(call), kept: Some(kept) },
            Err(Refusal::Answer(answer)) => AroundFuture::Refused { answer: Some(answer) },
            Err(Refusal::Error(error)) => {
                let id = RequestId::in_layers(call.extensions());
                AroundFuture::Refused { answer: Some(Box::new(error.into_response(&id))) }
            }
        }
    }
}

pin_project! {
    /// The answer to come, or the refusal.
    #[project = Projected]
    pub(crate) enum AroundFuture<F, K> {
        Passed {
            #[pin]
            answer: F,
            kept: Option<K>,
        },
        Refused {
            answer: Option<Box<Answer>>,
        },
    }
}

impl<F, K> Future for AroundFuture<F, K>
where
    F: Future<Output = Result<Answer, Infallible>>,
    K: After,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self.project() {
            Projected::Passed { answer, kept } => {
                let Ok(mut answer) = ready!(answer.poll(cx));
                if let Some(kept) = kept.take() {
                    kept.after(&mut answer);
                }
                Poll::Ready(Ok(answer))
            }
            // It is asked for once.
            Projected::Refused { answer } => {
                answer.take().map_or(Poll::Pending, |answer| Poll::Ready(Ok(*answer)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use http::{Response, StatusCode};
    use tower::{ServiceExt as _, service_fn};

    use super::*;

    /// Refuses by the path, in either way.
    #[derive(Clone)]
    struct ByPath;

    impl Gate for ByPath {
        fn check<B>(&self, call: &mut Request<B>) -> Result<(), Refusal> {
            match call.uri().path() {
                "/error" => Err(Error::MethodUnknown.into()),
                "/answer" => {
                    let mut answer = Answer::default();
                    *answer.status_mut() = StatusCode::IM_A_TEAPOT;
                    Err(Refusal::Answer(Box::new(answer)))
                }
                _ => Ok(()),
            }
        }
    }

    #[tokio::test]
    async fn a_gate_refuses_with_an_error_or_with_a_whole_answer() {
        let inner = service_fn(|_| ready(Ok(Response::default())));
        let service = AroundLayer(ByPath).layer(inner);
        let answer = async |path: &str| {
            let call = Request::post(path).body(()).expect("a request");
            let answer = service.clone().oneshot(call).await.expect("always an answer");
            (answer.status(), answer.headers().contains_key("grpc-status"))
        };
        assert_eq!(answer("/passes").await, (StatusCode::OK, false));
        assert_eq!(answer("/error").await, (StatusCode::OK, true));
        assert_eq!(answer("/answer").await, (StatusCode::IM_A_TEAPOT, false));
    }
}
