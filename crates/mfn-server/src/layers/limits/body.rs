//! The body of an answer, which holds its call's permit until it is complete.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

use super::Permit;

/// A body with a permit.
#[derive(Debug)]
pub(super) struct PermitHoldingBody {
    body: Body,
    permit: Option<Permit>,
}

impl PermitHoldingBody {
    /// `body`, which drops `permit` with its last frame, or when it is
    /// dropped before.
    pub(super) fn around(body: Body, permit: Permit) -> Body {
        // What is complete already needs no more of anything.
        if body.is_end_stream() {
            return body;
        }
        Body::new(Self { body, permit: Some(permit) })
    }
}

impl http_body::Body for PermitHoldingBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        // Before the last frame is sent: its reader may call again at once.
        if let Poll::Ready(last) = &frame
            && last.as_ref().is_none_or(|frame| frame.as_ref().map_or(true, Frame::is_trailers))
        {
            self.permit = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
