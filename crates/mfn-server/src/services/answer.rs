//! Answers that are encoded message by message, in buffers that are no larger than
//! they need to be: tonic's own begin with 8 KiB each, for as long as a call lasts.

use bytes::Bytes;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use prost::Message;
use tokio_stream::{Stream, StreamExt as _};
use tonic::Status;
use tonic::codec::{BufferSettings, EncodeBody, SingleMessageCompressionOverride};
use tonic_prost::ProstEncoder;

use super::pieces::{Pieces, PiecesBody};
use crate::error::Error;
use crate::layers::answer_body::{Answer, AnswerBody, Bound};
use crate::prefix::{PREFIX_BYTES, put_prefix};
use crate::request_id::RequestId;

/// What a buffer begins with.
const BUFFER_BYTES: usize = 64;
/// What is encoded before it is sent, if messages come faster.
const MAX_BUFFER_BYTES: usize = 16 * 1024;

/// The answer that is one message.
pub(super) fn one(message: &impl Message) -> Answer {
    let length = message.encoded_len();
    let mut encoded = Vec::with_capacity(PREFIX_BYTES + length);
    put_prefix(&mut encoded, length);
    message.encode_raw(&mut encoded);
    whole(encoded.into())
}

/// The answer that is one message, encoded with its prefix.
pub(super) fn whole(message: Bytes) -> Answer {
    with(AnswerBody::message(message))
}

/// The answer of call `id` that has these messages, and ends with the first error.
pub(super) fn many<T, S>(messages: S, id: &RequestId) -> Answer
where
    T: Message + 'static,
    S: Stream<Item = Result<T, Error>> + Send + 'static,
{
    let id = id.clone();
    let messages = messages.map(move |next| next.map_err(|error| error.into_status(&id)));
    with(AnswerBody::frames(encoded(messages), Bound::None))
}

/// The answer that waits for something to tell, and ends with the first status. Only so
/// many may be open.
pub(super) fn lasting<T, S>(messages: S) -> Answer
where
    T: Message + 'static,
    S: Stream<Item = Result<T, Status>> + Send + 'static,
{
    with(AnswerBody::frames(encoded(messages), Bound::OpenStreams))
}

/// The answer of call `id` that was encoded before.
pub(super) fn in_pieces(pieces: Pieces, id: &RequestId) -> Answer {
    with(AnswerBody::frames(PiecesBody::new(pieces, id.clone()), Bound::None))
}

fn encoded<T, S>(messages: S) -> EncodeBody<ProstEncoder<T>, S>
where
    T: Message + 'static,
    S: Stream<Item = Result<T, Status>>,
{
    let buffers = BufferSettings::new(BUFFER_BYTES, MAX_BUFFER_BYTES);
    let uncompressed = SingleMessageCompressionOverride::default();
    EncodeBody::new_server(ProstEncoder::new(buffers), messages, None, uncompressed, None)
}

fn with(body: AnswerBody) -> Answer {
    let mut answer = Answer::new(body);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    answer
}
