//! Has answers read in time that are made outside the layers, of which these know
//! nothing: refusals, errors in the words of another protocol, the last message of a
//! stream, and the page. What gRPC tells in the head of an answer or in its trailers is
//! sent however little its reader takes; these are data, and wait for it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use mfn_web::WebBody;
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::layers::answer_body::AnswerBody;
use crate::origin::Origin;
use crate::reader::{Given, Reader};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadInTimeLayer;

impl<S> Layer<S> for ReadInTimeLayer {
    type Service = ReadInTime<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ReadInTime(inner)
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct ReadInTime<S>(S);

impl<S, B> Service<Request<B>> for ReadInTime<S>
where
    S: Service<Request<B>, Response = Response<WebBody<AnswerBody>>, Error = Infallible>,
{
    type Response = Response<WatchedBody>;
    type Error = Infallible;
    type Future = WatchedAnswer<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let origin = Origin::of(request.extensions()).cloned();
        WatchedAnswer { answer: self.0.call(request), origin }
    }
}

pin_project! {
    /// The answer to come.
    pub(crate) struct WatchedAnswer<F> {
        #[pin]
        answer: F,
        origin: Option<Origin>,
    }
}

impl<F> Future for WatchedAnswer<F>
where
    F: Future<Output = Result<Response<WebBody<AnswerBody>>, Infallible>>,
{
    type Output = Result<Response<WatchedBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Ok(answer) = ready!(this.answer.poll(cx));
        Poll::Ready(Ok(answer.map(|body| WatchedBody::new(body, this.origin.take()))))
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
    /// The body itself is something to take, until the transport first looks at it.
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
    type Error = <WebBody<AnswerBody> as Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
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
