//! Answers that were encoded before, in pieces. To encode one as a whole on the thread
//! of the network would have the other calls of that thread wait.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::Frame;
use tokio_stream::Stream;
use tonic::Status;

use crate::error::Error;
use crate::layers::answer_body::trailers;
use crate::request_id::RequestId;

/// The encoded messages of an answer, with their prefixes, however they are cut.
pub(super) type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

/// A body that is sent piece by piece, each as it is asked for.
pub(super) struct PiecesBody {
    /// None when the status has been told.
    pieces: Option<Pieces>,
    id: RequestId,
}

impl PiecesBody {
    pub(super) fn new(pieces: Pieces, id: RequestId) -> Self {
        Self { pieces: Some(pieces), id }
    }
}

impl http_body::Body for PiecesBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(pieces) = &mut self.pieces else { return Poll::Ready(None) };
        let status = match ready!(pieces.as_mut().poll_next(cx)) {
            Some(Ok(piece)) => return Poll::Ready(Some(Ok(Frame::data(piece)))),
            Some(Err(error)) => error.into_status(&self.id),
            None => Status::ok(""),
        };
        self.pieces = None;
        Poll::Ready(Some(trailers(&status)))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_none()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn sent(pieces: Vec<Result<Bytes, Error>>) -> (Bytes, Status) {
        let pieces = Box::pin(tokio_stream::iter(pieces));
        let body = PiecesBody::new(pieces, RequestId::default());
        let collected = body.collect().await.expect("no error");
        let trailers = collected.trailers().cloned().expect("trailers");
        let status = Status::from_header_map(&trailers).expect("a status");
        (collected.to_bytes(), status)
    }

    #[tokio::test]
    async fn pieces_are_sent_in_their_order_and_the_status_after_them() {
        let [first, second] = [Bytes::from_static(b"first"), Bytes::from_static(b"second")];
        let (bytes, status) = sent(vec![Ok(first.clone()), Ok(second)]).await;
        assert_eq!((&*bytes, status.code()), (&b"firstsecond"[..], tonic::Code::Ok));
        let (bytes, status) = sent(vec![Ok(first), Err(Error::Internal)]).await;
        assert_eq!((&*bytes, status.code()), (&b"first"[..], tonic::Code::Internal));
        assert!(!status.details().is_empty());
    }
}
