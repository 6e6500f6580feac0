//! Answers that are encoded message by message, in buffers that are no larger than
//! they need to be: tonic's own begin with 8 KiB each, for as long as a call lasts.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use prost::Message;
use tokio_stream::Stream;
use tonic::Status;
use tonic::body::Body;
use tonic::codec::{BufferSettings, EncodeBody, SingleMessageCompressionOverride};
use tonic_prost::ProstEncoder;

use crate::layers::unread::Bounded;

/// What a buffer begins with.
const BUFFER_BYTES: usize = 64;
/// What is encoded before it is sent, if messages come faster.
const MAX_BUFFER_BYTES: usize = 16 * 1024;

/// The answer that has these messages, and ends with the first status.
pub(super) fn of<T, S>(messages: S) -> Response<Body>
where
    T: Message + 'static,
    S: Stream<Item = Result<T, Status>> + Send + 'static,
{
    let buffers = BufferSettings::new(BUFFER_BYTES, MAX_BUFFER_BYTES);
    let encoder = ProstEncoder::new(buffers);
    let uncompressed = SingleMessageCompressionOverride::default();
    let body = EncodeBody::new_server(encoder, messages, None, uncompressed, None);
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

/// The same for an answer that waits for something to tell, in a place that it has.
pub(super) fn lasting<T, S>(messages: S) -> Response<Body>
where
    T: Message + 'static,
    S: Stream<Item = Result<T, Status>> + Send + 'static,
{
    let mut response = of(messages);
    response.extensions_mut().insert(Bounded::ByPlace);
    response
}
