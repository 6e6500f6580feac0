//! Reads the one message of a request, before anything is done for the call:
//! not more bytes than are allowed, and neither no message nor a second one.
//! tonic answers other codes here than gRPC's own table has.

mod fields;

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes, BytesMut};
use http::{HeaderName, Request, Response};
use http_body_util::{BodyExt as _, Full};
use tonic::body::Body;
use tower::Service;

use crate::error::Error;
use crate::request_id::RequestId;

/// A flag, and the length of the message in big-endian order.
const PREFIX_BYTES: usize = 5;
const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");

/// A service whose methods all take one message.
#[derive(Clone, Debug)]
pub(crate) struct OneMessage<S> {
    inner: S,
    max_bytes: usize,
}

impl<S> OneMessage<S> {
    /// `inner`, for messages of at most `max_bytes`.
    pub(crate) fn new(inner: S, max_bytes: usize) -> Self {
        Self { inner, max_bytes }
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
        let mut inner = self.inner.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match read(body, max_bytes).await {
                Ok(message) => {
                    // It is not compressed, whatever was announced, and tonic
                    // would refuse the announcement.
                    parts.headers.remove(GRPC_ENCODING);
                    let body = Body::new(Full::new(message));
                    inner.call(Request::from_parts(parts, body)).await
                }
                Err(error) => {
                    let id = RequestId::in_layers(&parts.extensions);
                    Ok(error.into_response(&id))
                }
            }
        })
    }
}

/// The one message with its prefix.
async fn read<B>(mut body: B, max_bytes: usize) -> Result<Bytes, Error>
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let mut received = Received::default();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Err(Error::MalformedMessage) };
        let Ok(data) = frame.into_data() else { continue };
        received.push(data);
        if let Some(message) = announced(received.as_slice(), max_bytes)? {
            check_length(received.as_slice(), message)?;
        }
    }
    let received = received.into_bytes();
    match announced(&received, max_bytes)? {
        Some(message) if received.len() == message => {
            fields::check(&received[PREFIX_BYTES..])?;
            Ok(received)
        }
        None if received.is_empty() => Err(Error::NoMessage),
        // The request ends in the middle of a message.
        _ => Err(Error::MalformedMessage),
    }
}

/// The data that has come. What comes in one piece, as nearly all requests do,
/// is not copied.
#[derive(Default)]
struct Received {
    only: Bytes,
    several: BytesMut,
}

impl Received {
    fn push(&mut self, data: Bytes) {
        if self.as_slice().is_empty() {
            self.only = data;
        } else {
            self.several.extend_from_slice(&std::mem::take(&mut self.only));
            self.several.extend_from_slice(&data);
        }
    }

    fn as_slice(&self) -> &[u8] {
        if self.several.is_empty() { &self.only } else { &self.several }
    }

    fn into_bytes(self) -> Bytes {
        if self.several.is_empty() { self.only } else { self.several.freeze() }
    }
}

/// How long the message says that it is, with its prefix, once that has come.
/// What is too long is refused here, before the rest of it comes.
fn announced(mut read: &[u8], max_bytes: usize) -> Result<Option<usize>, Error> {
    if read.len() < PREFIX_BYTES {
        return Ok(None);
    }
    let flag = read.get_u8();
    let bytes = read.get_u32() as usize;
    if bytes > max_bytes {
        return Err(Error::RequestTooLarge { bytes, limit: max_bytes });
    }
    match flag {
        0 => Ok(Some(PREFIX_BYTES + bytes)),
        1 => Err(Error::Compressed),
        _ => Err(Error::MalformedMessage),
    }
}

fn check_length(read: &[u8], message: usize) -> Result<(), Error> {
    if read.len() > message { Err(Error::SecondMessage) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use http_body_util::StreamBody;
    use tonic::Status;

    use super::*;

    const MAX: usize = 10;

    /// What is read of a request whose data comes in these pieces.
    async fn read_pieces(pieces: &[&'static [u8]]) -> Result<Bytes, Error> {
        let frames: Vec<_> = pieces
            .iter()
            .map(|piece| Ok::<_, Status>(http_body::Frame::data(Bytes::from_static(piece))))
            .collect();
        read(StreamBody::new(tokio_stream::iter(frames)), MAX).await
    }

    const THREE: &[u8] = &[0, 0, 0, 0, 3, 7, 8, 9];

    #[tokio::test]
    async fn one_message_is_read_however_it_is_cut() {
        assert_eq!(read_pieces(&[THREE]).await, Ok(Bytes::from_static(THREE)));
        let cut = [&THREE[..1], &[], &THREE[1..4], &THREE[4..6], &THREE[6..]];
        assert_eq!(read_pieces(&cut).await, Ok(Bytes::from_static(THREE)));
        let empty: &[u8] = &[0, 0, 0, 0, 0];
        assert_eq!(read_pieces(&[empty]).await, Ok(Bytes::from_static(empty)));
    }

    // shows MFN-ERR-010
    #[tokio::test]
    async fn none_and_two_are_refused() {
        assert_eq!(read_pieces(&[]).await, Err(Error::NoMessage));
        assert_eq!(read_pieces(&[THREE, THREE]).await, Err(Error::SecondMessage));
        assert_eq!(read_pieces(&[THREE, &[0]]).await, Err(Error::SecondMessage));
    }

    // shows MFN-ERR-009
    #[tokio::test]
    async fn what_is_too_long_is_refused_by_its_prefix() {
        let just: &[u8] = &[0, 0, 0, 0, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        assert_eq!(read_pieces(&[just]).await, Ok(Bytes::from_static(just)));
        let long = Err(Error::RequestTooLarge { bytes: 11, limit: MAX });
        assert_eq!(read_pieces(&[&[0, 0, 0, 0, 11]]).await, long);
    }

    // shows MFN-ERR-011
    #[tokio::test]
    async fn what_is_cut_short_or_no_message_is_malformed() {
        for cut in [&THREE[..3], &THREE[..5], &THREE[..7]] {
            assert_eq!(read_pieces(&[cut]).await, Err(Error::MalformedMessage));
        }
        assert_eq!(read_pieces(&[&[2, 0, 0, 0, 0]]).await, Err(Error::MalformedMessage));
        assert_eq!(read_pieces(&[&[1, 0, 0, 0, 0]]).await, Err(Error::Compressed));
    }
}
