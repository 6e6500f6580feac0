//! The body of an answer, with which its call ends.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tonic::Status;

use super::streams::OpenStream;
use crate::counted::Counted;
use crate::eviction::OpenCall;
use crate::layers::answer_body::AnswerBody;

/// A body whose call and stream are open until it is dropped.
#[derive(Debug)]
pub(super) struct CallBody {
    body: AnswerBody,
    _open_call: Option<OpenCall>,
    _counted: Option<Counted>,
    stream: OpenStream,
}

impl CallBody {
    /// What is `counted` is so until then, too.
    pub(super) fn new(
        body: AnswerBody,
        (open_call, counted): (Option<OpenCall>, Option<Counted>),
        stream: OpenStream,
    ) -> Self {
        Self { body, _open_call: open_call, _counted: counted, stream }
    }
}

impl Body for CallBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for CallBody {
    fn drop(&mut self) {
        if self.body.is_end_stream() {
            self.stream.is_answered();
        }
    }
}
