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
        if self.body.is_end_stream() {
            self.stream.is_answered();
        }
    }
}
