//! The body of an answer, with which its call ends.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::streams::OpenStream;
use crate::counted::Counted;
use crate::eviction::OpenCall;

/// A body whose call and stream are open until it is dropped.
#[derive(Debug)]
pub(super) struct CallBody<R: Body> {
    body: R,
    _open_call: Option<OpenCall>,
    _counted: Option<Counted>,
    stream: OpenStream,
}

impl<R: Body> CallBody<R> {
    /// What is `counted` is so until then, too.
    pub(super) fn new(
        body: R,
        (open_call, counted): (Option<OpenCall>, Option<Counted>),
        stream: OpenStream,
    ) -> Self {
        Self { body, _open_call: open_call, _counted: counted, stream }
    }
}

impl<R: Body<Data = Bytes> + Unpin> Body for CallBody<R> {
    type Data = Bytes;
    type Error = R::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, R::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<R: Body> Drop for CallBody<R> {
    fn drop(&mut self) {
        // HTTP/1.1 tells the length of an answer, and asks for no end after the last byte.
        let is_all_sent = self.body.is_end_stream() || self.body.size_hint().exact() == Some(0);
        if is_all_sent {
            self.stream.is_answered();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::connection::abandoned_calls::AbandonedCalls;
    use crate::connection::streams::Streams;
    use crate::eviction::Candidates;
    use crate::memory::{Budget, StreamMemory};

    /// More than may be abandoned at once.
    const MANY: usize = 5000;

    /// A body of which so many bytes are left, and that waits for its reader before it ends.
    #[derive(Debug)]
    struct Left(u64);

    impl Body for Left {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            Poll::Pending
        }

        fn size_hint(&self) -> SizeHint {
            SizeHint::with_exact(self.0)
        }
    }

    /// HTTP/1.1 drops a body after its last byte, so that a client whose calls were refused
    /// one after the other was taken for one that abandons them.
    #[tokio::test(start_paused = true)]
    async fn an_answer_of_which_nothing_is_left_is_not_abandoned() {
        let candidate = Arc::new(Candidates::default().enter());
        let memory = StreamMemory::new(Budget::new(1 << 20));
        let abandoned = AbandonedCalls::new(1);
        let streams = Streams::new(1, memory.of_connection(candidate), abandoned.clone());
        let answer = |left| drop(CallBody::new(Left(left), (None, None), streams.begin()));
        (0..MANY).for_each(|_| answer(0));
        assert!(!abandoned.are_too_many());
        (0..MANY).for_each(|_| answer(1));
        assert!(abandoned.are_too_many());
    }
}
