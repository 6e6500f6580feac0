//! The body of an answer, with which its call ends.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tonic::Status;

use crate::eviction::OpenCall;
use crate::layers::audit::AuditedBody;

/// A body whose call is open until it is dropped.
#[derive(Debug)]
pub(super) struct CallBody {
    body: AuditedBody,
    _open_call: Option<OpenCall>,
}

impl CallBody {
    pub(super) fn new(body: AuditedBody, open_call: Option<OpenCall>) -> Self {
        Self { body, _open_call: open_call }
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
