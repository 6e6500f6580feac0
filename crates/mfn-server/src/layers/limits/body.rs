//! The body of an answer, which holds its call's permit until all of it is sent.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

use crate::audit::Observed;
use crate::permit::Permit;
use crate::reader::{Given, Reader};

/// What is shorter is copied before it is sent. It is a part of a buffer of 8 KiB,
/// which it would hold until it is read.
const COPIED_BYTES: usize = 2 * 1024;

/// A body with a permit. Each part of the answer holds it as well, until the
/// transport has written that part to the connection: while nobody reads what was
/// computed, the call is not over.
pub(super) struct PermitHoldingBody {
    body: Body,
    permit: Option<Permit>,
    observed: Option<Observed>,
    /// Of an answer that holds much memory, once it has begun.
    reader: Option<Arc<Reader>>,
    progress: Progress,
}

enum Progress {
    /// There may be more to send.
    Sending,
    /// This comes last, when all before it is taken. Until then the call must be
    /// there to be reset, if its answer holds much memory.
    Last(Option<Result<Frame<Bytes>, Status>>),
}

impl PermitHoldingBody {
    /// `body`, which drops `permit` with its last frame, or when it is
    /// dropped before.
    pub(super) fn around(body: Body, permit: Permit, observed: Option<Observed>) -> Body {
        // What is complete already needs no more of anything.
        if body.is_end_stream() {
            return body;
        }
        Body::new(Self {
            body,
            permit: Some(permit),
            observed,
            reader: None,
            progress: Progress::Sending,
        })
    }

    fn part(&mut self, data: Bytes) -> Bytes {
        let Some(permit) = self.permit.clone() else { return data };
        if self.reader.is_none() && permit.holds_much_memory() {
            self.reader = Some(Reader::begin(self.observed.take()));
        }
        let given = self.reader.as_ref().map(Reader::give);
        let data = if data.len() < COPIED_BYTES { Bytes::copy_from_slice(&data) } else { data };
        Bytes::from_owner(Part { data, _given: given, _permit: permit })
    }
}

impl http_body::Body for PermitHoldingBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if matches!(self.progress, Progress::Sending) {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) if frame.is_data() => {
                    let frame = frame.map_data(|data| self.part(data));
                    return Poll::Ready(Some(Ok(frame)));
                }
                last => self.progress = Progress::Last(last),
            }
        }
        if let Some(reader) = &self.reader {
            ready!(reader.poll_all_taken(cx));
        }
        // Before the last frame is sent: its reader may call again at once.
        self.permit = None;
        Poll::Ready(match &mut self.progress {
            Progress::Last(last) => last.take(),
            Progress::Sending => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        match &self.progress {
            Progress::Sending => self.body.is_end_stream(),
            Progress::Last(last) => last.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A part of an answer on its way to the connection.
struct Part {
    data: Bytes,
    _given: Option<Given>,
    _permit: Permit,
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use http::HeaderMap;
    use http_body_util::{BodyExt as _, StreamBody};
    use mfn_access::{Key, Limits};

    use super::*;
    use crate::memory::{Budget, SMALL_BYTES};

    /// A key, and the body of an answer of two parts to one of its calls.
    fn answer(memory: usize) -> (Arc<Key>, Body) {
        let key = Arc::new(Key::anonymous(Limits { rps: 0, concurrent: 1, ..Limits::default() }));
        let permit = Permit::for_test(Arc::clone(&key));
        let reservation = Budget::new(memory).reserve(&permit.tenant(), memory).expect("room");
        permit.keep(Arc::new(reservation));
        let data = |bytes: &'static [u8]| Frame::data(Bytes::from_static(bytes));
        let frames = [data(b"first"), data(b"second"), Frame::trailers(HeaderMap::new())];
        let frames = tokio_stream::iter(frames.map(Ok::<_, Status>));
        let body = Body::new(StreamBody::new(frames));
        (key, PermitHoldingBody::around(body, permit, None))
    }

    async fn next(body: &mut Body) -> Frame<Bytes> {
        body.frame().await.expect("a frame").expect("no error")
    }

    // shows MFN-MEM-002
    #[tokio::test]
    async fn a_call_is_over_when_all_of_its_answer_is_sent() {
        let (key, mut body) = answer(SMALL_BYTES - 1);
        let first = next(&mut body).await.into_data().expect("data");
        let second = next(&mut body).await.into_data().expect("data");
        assert_eq!((&*first, &*second), (&b"first"[..], &b"second"[..]));
        // The transport is asked for no more than to keep the parts.
        assert!(next(&mut body).await.is_trailers());
        assert!(body.frame().await.is_none());
        drop(body);
        drop(second);
        assert_eq!(key.open_calls(), 1);
        drop(first);
        assert_eq!(key.open_calls(), 0);
    }

    // shows MFN-MEM-003
    #[tokio::test]
    async fn a_call_that_holds_much_memory_stays_until_its_answer_is_read() {
        let (key, mut body) = answer(SMALL_BYTES);
        let first = next(&mut body).await;
        let second = next(&mut body).await;
        let reader = Reader::begun().expect("it has begun");
        assert!(reader.stalls_at().is_some());
        drop(first);
        assert!(body.frame().now_or_never().is_none());
        assert!(!body.is_end_stream());
        drop(second);
        assert_eq!(reader.stalls_at(), None);
        assert!(next(&mut body).await.is_trailers());
        assert_eq!(key.open_calls(), 0);
        assert!(body.frame().await.is_none());
    }
}
