//! Bounds how long answers wait for their readers that the layers do not know, since they
//! are made outside of them: refusals, errors as another protocol has them, the last message
//! of a stream, and the page. gRPC tells an error in a head or in trailers, which a
//! connection sends even to a client that reads nothing. These are data, and are not sent
//! before the client reads.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use mfn_web::{AnswerError, GrpcBody, TranslatedAnswer, Web, WebBody};
use pin_project_lite::pin_project;
use tonic::Status;
use tower::{Layer, Service};

use crate::layers::answer_body::{Answer, AnswerBody};
use crate::origin::Origin;
use crate::reader::{Given, Reader};

/// Goes around [`Web`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadInTimeLayer;

impl<S> Layer<Web<S>> for ReadInTimeLayer {
    type Service = ReadInTime<S>;

    fn layer(&self, web: Web<S>) -> Self::Service {
        ReadInTime(web)
    }
}

/// See the module. Calls that are gRPC already pay for none of this.
#[derive(Clone, Debug)]
pub(crate) struct ReadInTime<S>(Web<S>);

impl<S, B> Service<Request<B>> for ReadInTime<S>
where
    S: Service<Request<GrpcBody<B>>, Response = Answer, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<SentBody>;
    type Error = Infallible;
    type Future = SentAnswer<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<B>>::poll_ready(&mut self.0, cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if self.0.passes(&request) {
            return SentAnswer::AsItIs { answer: self.0.pass(request) };
        }
        let origin = Origin::of(request.extensions()).cloned();
        SentAnswer::Translated { answer: self.0.translate(request), origin }
    }
}

pin_project! {
    /// The answer to come.
    #[project = Projected]
    pub(crate) enum SentAnswer<F> {
        AsItIs {
            #[pin]
            answer: F,
        },
        Translated {
            answer: TranslatedAnswer<AnswerBody>,
            origin: Option<Origin>,
        },
    }
}

impl<F> Future for SentAnswer<F>
where
    F: Future<Output = Result<Answer, Infallible>>,
{
    type Output = Result<Response<SentBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Projected::AsItIs { answer } => {
                answer.poll(cx).map(|answer| answer.map(|answer| answer.map(SentBody::AsItIs)))
            }
            Projected::Translated { answer, origin } => {
                let answer = ready!(answer.as_mut().poll(cx));
                let watched = answer.map(|body| Box::new(WatchedBody::new(body, origin.take())));
                Poll::Ready(Ok(watched.map(SentBody::Watched)))
            }
        }
    }
}

/// The body of an answer as it is sent.
#[derive(Debug)]
pub(crate) enum SentBody {
    AsItIs(AnswerBody),
    Watched(Box<WatchedBody>),
}

impl Body for SentBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        match self.get_mut() {
            Self::AsItIs(body) => Pin::new(body).poll_frame(cx),
            Self::Watched(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::AsItIs(body) => body.is_end_stream(),
            Self::Watched(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::AsItIs(body) => body.size_hint(),
            Self::Watched(body) => body.size_hint(),
        }
    }
}

/// A body whose reader is watched when it comes to what nobody is charged for.
#[derive(Debug)]
pub(crate) struct WatchedBody {
    body: WebBody<AnswerBody>,
    origin: Option<Origin>,
    watch: Option<Box<Watch>>,
}

#[derive(Debug)]
struct Watch {
    reader: Arc<Reader>,
    /// The reader counts the body itself as something that it has not taken, until the
    /// transport first asks for a part of it.
    given: Option<Given>,
}

impl WatchedBody {
    fn new(body: WebBody<AnswerBody>, origin: Option<Origin>) -> Self {
        let mut watched = Self { body, origin, watch: None };
        // A head is sent however little the reader takes.
        if watched.body.is_made_here() && !watched.body.is_end_stream() {
            watched.begin();
        }
        watched
    }

    fn begin(&mut self) {
        if self.watch.is_none()
            && let Some(origin) = self.origin.take()
        {
            let reader = Reader::begin_uncharged(None, origin.answer());
            let given = Some(reader.give());
            self.watch = Some(Box::new(Watch { reader, given }));
        }
    }
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx).map_err(status));
        if !this.body.is_made_here() {
            return Poll::Ready(frame);
        }
        match frame {
            Some(Ok(frame)) => {
                this.begin();
                let Some(watch) = &mut this.watch else { return Poll::Ready(Some(Ok(frame))) };
                let given = watch.given.take().unwrap_or_else(|| watch.reader.give());
                let part = |data| Bytes::from_owner(Part { data, _given: given });
                Poll::Ready(Some(Ok(frame.map_data(part))))
            }
            last => {
                // Until then the call must be there to be reset.
                if let Some(watch) = &mut this.watch {
                    watch.given = None;
                    ready!(watch.reader.poll_all_taken(cx));
                    this.watch = None;
                }
                Poll::Ready(last)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream() && self.watch.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Why an answer breaks off.
fn status(error: AnswerError<Status>) -> Status {
    match error {
        AnswerError::Body(status) => status,
        broken @ AnswerError::BrokenOff => Status::internal(broken.to_string()),
    }
}

/// A part on its way to the connection.
struct Part {
    data: Bytes,
    _given: Given,
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}
