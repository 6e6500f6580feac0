//! Reads the one message of a request, before anything is done for the call:
//! not more bytes than are allowed, and neither no message nor a second one.
//! tonic answers other codes here than gRPC's own table has, and holds a message
//! whole, of which only the fields that its type has can matter.

mod filter;
mod kept;
mod reading;
mod schema;
mod text;
mod varint;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderName, Request, Response};
use http_body_util::{BodyExt as _, Full};
use tonic::Status;
use tonic::body::Body;
use tower::Service;

use crate::error::Error;
use crate::request_id::RequestId;
use kept::Kept;
use reading::Reading;
pub(crate) use schema::Requests;
use schema::Schema;

/// A flag, and the length of the message in big-endian order.
const PREFIX_BYTES: usize = 5;
const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");

/// A service whose methods all take one message.
#[derive(Clone, Debug)]
pub(crate) struct OneMessage<S> {
    inner: S,
    requests: Requests,
    max_bytes: usize,
}

impl<S> OneMessage<S> {
    /// `inner`, whose methods take `requests` of at most `max_bytes`.
    pub(crate) fn new(inner: S, requests: Requests, max_bytes: usize) -> Self {
        Self { inner, requests, max_bytes }
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
        let schema = self.requests.taken_at(request.uri().path());
        let mut inner = self.inner.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let id = RequestId::in_layers(&parts.extensions);
            let Some(schema) = schema else {
                return Ok(Error::MethodUnknown.into_response(&id));
            };
            match read(body, schema, max_bytes).await {
                Ok(message) => {
                    if let Some(bytes) = message.request_id_bytes_if_cut() {
                        id.has_bytes_in_body(bytes);
                    }
                    // It is not compressed, whatever was announced, and tonic
                    // would refuse the announcement.
                    parts.headers.remove(GRPC_ENCODING);
                    let body = Body::new(Full::new(message.encode()));
                    inner.call(Request::from_parts(parts, body)).await
                }
                Err(Unread::Refused(error)) => Ok(error.into_response(&id)),
                // Nobody is there to read this; the audit is to know.
                Err(Unread::CallerLeft) => Ok(Status::cancelled("the caller left").into_http()),
            }
        })
    }
}

/// Why there is no message.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Unread {
    Refused(Error),
    /// The stream was reset, or its connection lost, before the request's end.
    CallerLeft,
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// What is kept of the one message.
async fn read<B>(mut body: B, schema: Arc<Schema>, max_bytes: usize) -> Result<Kept, Unread>
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let mut reading = Reading::new(schema, max_bytes);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Unread::CallerLeft)?;
        if let Some(data) = frame.data_ref() {
            reading.take(data)?;
        }
    }
    // A stream that its client reset without an error only seems to have ended.
    if !body.is_end_stream() {
        return Err(Unread::CallerLeft);
    }
    Ok(reading.end()?)
}

#[cfg(test)]
mod tests;
