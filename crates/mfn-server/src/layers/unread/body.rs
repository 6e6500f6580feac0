//! The body of an answer that has to be read in time.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

use crate::reader::{Given, Reader};

/// A body whose stream stays until all of it is taken, so that it can be reset.
pub(super) struct ReadBody {
    body: Body,
    reader: Arc<Reader>,
    is_lasting: bool,
    /// The transport does not look at a body while there is no room for any of it.
    /// So the body itself is something to take: to its end, or, if it lasts, to its
    /// beginning.
    given: Option<Given>,
    progress: Progress,
}

enum Progress {
    /// There may be more to send.
    Sending,
    /// This comes last, when all before it is taken.
    Last(Option<Result<Frame<Bytes>, Status>>),
}

impl ReadBody {
    /// `body`, which this `reader` has to take.
    pub(super) fn around(body: Body, reader: &Arc<Reader>, is_lasting: bool) -> Body {
        Body::new(Self {
            body,
            reader: Arc::clone(reader),
            is_lasting,
            given: Some(reader.give()),
            progress: Progress::Sending,
        })
    }
}

impl http_body::Body for ReadBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.is_lasting {
            self.given = None;
        }
        if matches!(self.progress, Progress::Sending) {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) if frame.is_data() => {
                    let given = self.reader.give();
                    let part = |data| Bytes::from_owner(Part { data, _given: given });
                    return Poll::Ready(Some(Ok(frame.map_data(part))));
                }
                last => self.progress = Progress::Last(last),
            }
        }
        self.given = None;
        ready!(self.reader.poll_all_taken(cx));
        Poll::Ready(match &mut self.progress {
            Progress::Last(last) => last.take(),
            Progress::Sending => None,
        })
    }

    /// Not before the last part is taken.
    fn is_end_stream(&self) -> bool {
        matches!(self.progress, Progress::Last(None))
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A part of an answer on its way to the connection.
struct Part {
    data: Bytes,
    _given: Given,
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use http_body::Body as _;
    use http_body_util::{BodyExt as _, Full, StreamBody};

    use super::*;
    use crate::free_calls::FreeCalls;

    fn body(inner: Body, is_lasting: bool) -> (Arc<Reader>, Body) {
        let reader = Reader::begin_uncharged(None, FreeCalls::default().of_connection().answer());
        let body = ReadBody::around(inner, &reader, is_lasting);
        (reader, body)
    }

    #[tokio::test]
    async fn an_answer_is_unread_until_its_last_part_is_taken_and_its_end_asked_for() {
        let (reader, mut body) = body(Body::new(Full::from("advice")), false);
        assert!(reader.stalls_at().is_some(), "the transport does not look at it");
        let part = body.frame().await.expect("a frame").expect("no error");
        assert!(!body.is_end_stream());
        assert!(body.frame().now_or_never().is_none());
        assert!(reader.stalls_at().is_some(), "its part is not taken");
        drop(part);
        assert!(body.frame().await.is_none());
        assert_eq!(reader.stalls_at(), None);
    }

    #[tokio::test]
    async fn a_reader_who_has_taken_a_part_has_to_take_the_end_too() {
        let (reader, mut body) = body(Body::new(Full::from("advice")), false);
        drop(body.frame().await);
        assert!(reader.stalls_at().is_some());
    }

    #[tokio::test]
    async fn a_lasting_answer_whose_parts_are_taken_waits_as_long_as_it_likes() {
        let frame = Frame::data(Bytes::from_static(b"state"));
        let first = tokio_stream::iter([Ok::<_, Status>(frame)]);
        let frames = tokio_stream::StreamExt::chain(first, tokio_stream::pending());
        let (reader, mut body) = body(Body::new(StreamBody::new(frames)), true);
        assert!(reader.stalls_at().is_some(), "it has not begun");
        let part = body.frame().await;
        assert!(reader.stalls_at().is_some());
        drop(part);
        assert_eq!(reader.stalls_at(), None);
        assert!(body.frame().now_or_never().is_none());
        assert_eq!(reader.stalls_at(), None);
    }
}
