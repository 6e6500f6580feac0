//! Ends calls whose time is up: that which the caller gave in `grpc-timeout`,
//! from the request to the last frame, or the server's own at its shutdown.

mod body;
mod timeout;

use std::convert::Infallible;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Request;
use pin_project_lite::pin_project;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tower::{Layer, Service};

use super::answer_body::Answer;
use crate::error::Error;
use crate::request_id::RequestId;
use body::EndingBody;
#[cfg(feature = "fuzzing")]
pub(crate) use timeout::of as timeout_of;

/// Ends calls in time.
#[derive(Clone, Debug)]
pub(crate) struct DeadlineLayer {
    cut_off: Arc<CancellationToken>,
}

impl DeadlineLayer {
    /// All calls end when `cut_off` is cancelled, if they have not before. An answer
    /// that is not complete when it begins is watched until its last frame.
    pub(crate) fn new(cut_off: CancellationToken) -> Self {
        Self { cut_off: Arc::new(cut_off) }
    }
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = Deadline<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Deadline { inner, cut_off: Arc::clone(&self.cut_off) }
    }
}

/// See [`DeadlineLayer`].
#[derive(Clone, Debug)]
pub(crate) struct Deadline<S> {
    inner: S,
    cut_off: Arc<CancellationToken>,
}

impl<S, A> Service<Request<A>> for Deadline<S>
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
        let (deadline, error) = match timeout::of(request.headers()) {
            Ok(timeout) => (timeout.map(deadline_after), None),
            Err(error) => (None, Some(Box::new(error))),
        };
        let answer = error.is_none().then(|| self.inner.call(request));
        let end = End { deadline, cut_off: Arc::clone(&self.cut_off) };
        ResponseFuture { answer, end, ended: None, error, id }
    }
}

/// A time so far off that the clock may not reach is as good as a year.
fn deadline_after(timeout: Duration) -> Instant {
    const FAR: Duration = Duration::from_hours(24 * 365);
    Instant::now() + timeout.min(FAR)
}

/// What ends a call.
#[derive(Clone, Debug)]
struct End {
    deadline: Option<Instant>,
    // A token that is cloned takes a lock.
    cut_off: Arc<CancellationToken>,
}

impl End {
    /// Comes when the call is to end, with the reason.
    async fn come(self) -> Error {
        let passed = async {
            match self.deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => pending().await,
            }
        };
        // A deadline that has passed is told, whatever else ends the call.
        tokio::select! {
            biased;
            () = passed => Error::DeadlineExceeded,
            () = self.cut_off.cancelled() => Error::ShuttingDown,
        }
    }

    fn has_passed(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }
}

pin_project! {
    /// The answer to come, unless the call ends before.
    pub(crate) struct ResponseFuture<F> {
        #[pin]
        answer: Option<F>,
        end: End,
        // Made when there is something to wait for: most calls are answered at
        // once, and need no timer.
        ended: Option<Pin<Box<dyn Future<Output = Error> + Send>>>,
        error: Option<Box<Error>>,
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
        if this.end.has_passed() {
            this.error.get_or_insert_with(|| Box::new(Error::DeadlineExceeded));
        }
        if let Some(error) = this.error.take() {
            return Poll::Ready(Ok(error.into_response(this.id)));
        }
        let polled = this.answer.as_pin_mut().map(|answer| answer.poll(cx));
        if let Some(Poll::Ready(Ok(mut answer))) = polled {
            if !answer.body().is_complete() {
                EndingBody::replace(answer.body_mut(), this.end, this.id);
            }
            return Poll::Ready(Ok(answer));
        }
        let ended = this.ended.get_or_insert_with(|| Box::pin(this.end.clone().come()));
        ended.as_mut().poll(cx).map(|error| Ok(error.into_response(this.id)))
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use bytes::Bytes;
    use http_body_util::{BodyExt as _, StreamBody};
    use tonic::{Code, Status};
    use tower::{ServiceExt as _, service_fn};

    use super::*;
    use crate::layers::answer_body::{AnswerBody, Bound, code_of};

    fn request(timeout: &str) -> Request<()> {
        let mut request = Request::new(());
        request.headers_mut().insert("grpc-timeout", timeout.parse().expect("a header"));
        request
    }

    /// The code of a call that is answered after a second.
    async fn code(request: Request<()>, cut_off: &CancellationToken) -> Option<Code> {
        let service = DeadlineLayer::new(cut_off.clone()).layer(service_fn(|_| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(Answer::default())
        }));
        code_of(&service.oneshot(request).await.expect("always an answer"))
    }

    // shows MFN-ERR-012
    #[tokio::test(start_paused = true)]
    async fn a_call_ends_at_its_deadline_and_not_before() {
        let never = CancellationToken::new();
        assert_eq!(code(request("999m"), &never).await, Some(Code::DeadlineExceeded));
        assert_eq!(code(request("1001m"), &never).await, None);
        assert_eq!(code(Request::new(()), &never).await, None);
        assert_eq!(code(request("99999999H"), &never).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_of_nothing_has_passed() {
        let never = CancellationToken::new();
        assert_eq!(code(request("0n"), &never).await, Some(Code::DeadlineExceeded));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_ready_when_the_deadline_has_passed_comes_too_late() {
        let layer = DeadlineLayer::new(CancellationToken::new());
        let service = layer.layer(service_fn(|_| ready(Ok(Answer::default()))));
        let response = service.oneshot(request("0n")).await.expect("always an answer");
        let status = Status::from_header_map(response.headers()).expect("a status");
        assert_eq!(status.code(), Code::DeadlineExceeded);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_there_whole_is_sent_whole_however_late() {
        let layer = DeadlineLayer::new(CancellationToken::new());
        let service = layer.layer(service_fn(|_| {
            ready(Ok(Answer::new(AnswerBody::message(Bytes::from_static(b"message")))))
        }));
        let response = service.oneshot(request("1S")).await.expect("always an answer");
        tokio::time::sleep(Duration::from_secs(2)).await;
        let answer = response.into_body().collect().await.expect("no error");
        let trailers = answer.trailers().cloned().expect("trailers");
        assert_eq!(trailers["grpc-status"], "0");
        assert_eq!(answer.to_bytes(), "message");
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_is_at_most_a_year_off() {
        const YEAR: Duration = Duration::from_hours(8760);
        for near in [Duration::ZERO, Duration::from_hours(8759), YEAR] {
            assert_eq!(deadline_after(near), Instant::now() + near);
        }
        for far in [Duration::from_hours(8761), Duration::MAX] {
            assert_eq!(deadline_after(far), Instant::now() + YEAR);
        }
    }

    // shows MFN-ERR-012, MFN-ERR-014
    #[tokio::test(start_paused = true)]
    async fn a_large_answer_that_nobody_reads_ends_all_the_same() {
        let end_of_server = CancellationToken::new();
        for (timeout, code) in [("1S", Code::DeadlineExceeded), ("10S", Code::Unavailable)] {
            let layer = DeadlineLayer::new(end_of_server.clone());
            let service = layer.layer(service_fn(|_| async {
                let never = tokio_stream::pending::<Result<http_body::Frame<Bytes>, Status>>();
                Ok(Answer::new(AnswerBody::frames(StreamBody::new(never), Bound::None)))
            }));
            let response = service.oneshot(request(timeout)).await.expect("always an answer");
            tokio::time::sleep(Duration::from_secs(2)).await;
            end_of_server.cancel();
            let trailers = response.into_body().collect().await.expect("no error");
            let trailers = trailers.trailers().cloned().expect("trailers");
            let status = Status::from_header_map(&trailers).expect("a status");
            assert_eq!(status.code(), code);
        }
    }

    // shows MFN-ERR-018, MFN-ERR-019
    #[tokio::test(start_paused = true)]
    async fn a_malformed_timeout_is_an_error() {
        let never = CancellationToken::new();
        assert_eq!(code(request("soon"), &never).await, Some(Code::Internal));
    }

    // shows MFN-ERR-014
    #[tokio::test(start_paused = true)]
    async fn a_call_in_flight_ends_when_the_server_does() {
        let cut_off = CancellationToken::new();
        let (code, ()) = tokio::join!(code(request("10S"), &cut_off), async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            cut_off.cancel();
        });
        assert_eq!(code, Some(Code::Unavailable));
    }
}
