//! A service that is none of MFN's, in the place of those: what is around services can be
//! tested by what others have for it.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use tonic::body::Body;
use tower::Service;

use crate::layers::answer_body::{Answer, AnswerBody, Bound};
use crate::messages::{RequestData, Unread};
use crate::request_id::RequestId;

/// What such a service is: one as tonic makes them.
pub trait OtherService:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
    + Clone
    + Send
    + 'static
{
}

impl<S> OtherService for S where
    S: Service<
            Request<Body>,
            Response = Response<Body>,
            Error = Infallible,
            Future: Send + 'static,
        > + Clone
        + Send
        + 'static
{
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Other<S>(pub(crate) S);

impl<S, B> Service<Request<B>> for Other<S>
where
    S: OtherService,
    B: RequestData,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let id = RequestId::in_layers(request.extensions());
        let unread = move |error: B::Error| Into::<Unread>::into(error).into_status(&id);
        let answer = self.0.call(request.map(|body| Body::new(body.map_err(unread))));
        Box::pin(async move {
            let Ok(answer) = answer.await;
            Ok(answer.map(|body| {
                // One that tells all in its head ends with that.
                let is_empty = body.is_end_stream();
                if is_empty { AnswerBody::default() } else { AnswerBody::frames(body, Bound::None) }
            }))
        })
    }
}
