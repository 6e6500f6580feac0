//! Reads the one message of a request, before anything is done for the call:
//! not more bytes than are allowed, and neither no message nor a second one.
//! tonic answers other codes here than gRPC's own table has, and holds a message
//! whole.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::Full;
use tonic::body::Body;
use tower::Service;

use crate::error::Error;
use crate::message_timeout::MessageTimeout;
use crate::messages::{self, Methods};
use crate::request_id::RequestId;

/// Time in which a message must have come: a call without a deadline would wait for
/// ever, and hold one of its key's places.
const MESSAGE_TIMEOUT: MessageTimeout = MessageTimeout::growing(Duration::from_mins(1));

/// A service whose methods all take one message.
#[derive(Clone, Debug)]
pub(crate) struct OneMessage<S> {
    inner: S,
    methods: Methods,
    max_bytes: usize,
}

impl<S> OneMessage<S> {
    /// `inner`, which has these `methods` and takes messages of at most `max_bytes`.
    pub(crate) fn new(inner: S, methods: Methods, max_bytes: usize) -> Self {
        Self { inner, methods, max_bytes }
    }
}

impl<S, B> Service<Request<B>> for OneMessage<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let max_bytes = self.max_bytes;
        let method = self.methods.at(request.uri().path()).cloned();
        let mut inner = self.inner.clone();
        let (mut parts, body) = request.into_parts();
        let id = RequestId::in_layers(&parts.extensions);
        Box::pin(async move {
            let Some(method) = method else {
                return Ok(Error::MethodUnknown.into_response(&id));
            };
            // Nobody behind reads the metadata, which can hold 16 KiB and more for as
            // long as the call lasts, and neither may tonic: it would refuse what
            // they announce of a compression.
            parts.headers = HeaderMap::new();
            parts.uri = method.uri;
            match messages::only_in_time(body, method.request, max_bytes, MESSAGE_TIMEOUT).await {
                Ok(message) => {
                    if let Some(bytes) = message.request_id_bytes_if_cut() {
                        id.has_bytes_in_body(bytes);
                    }
                    let body = Body::new(Full::new(message.with_prefix()));
                    inner.call(Request::from_parts(parts, body)).await
                }
                Err(unread) => Ok(unread.into_response(&id)),
            }
        })
    }
}
