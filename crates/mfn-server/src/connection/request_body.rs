//! The body of a request, which is read to its end even if the call is over
//! before.
//!
//! A call may be answered before its message has come: refused by its head, or
//! cut off by its deadline. The caller may not have read the answer yet, and goes
//! on sending. If the body were dropped, the transport would reset the stream,
//! take what comes on it after that for errors of the peer, and at some number of
//! them end the connection, with all other calls on it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::unwanted::UnwantedBodies;

/// What a client sends after the head of its call.
#[derive(Debug)]
pub(crate) struct RequestBody {
    /// None only while it is dropped.
    incoming: Option<Incoming>,
    unwanted: Arc<UnwantedBodies>,
    /// Of HTTP/1.1 a body that does not end as it should breaks off with an error. Of
    /// HTTP/2 it may only seem to end.
    is_http1: bool,
    has_ended: bool,
}

impl RequestBody {
    /// `incoming`, whose rest goes to `unwanted` when this is dropped.
    pub(super) fn new(incoming: Incoming, is_http1: bool, unwanted: Arc<UnwantedBodies>) -> Self {
        Self { incoming: Some(incoming), unwanted, is_http1, has_ended: false }
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if let Some(incoming) = self.incoming.take()
            && !incoming.is_end_stream()
            && !self.has_ended
        {
            self.unwanted.read(incoming);
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(incoming) = &mut self.incoming else { return Poll::Ready(None) };
        let frame = Pin::new(incoming).poll_frame(cx);
        if self.is_http1 && matches!(frame, Poll::Ready(None)) {
            self.has_ended = true;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended || self.incoming.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or_else(SizeHint::default, Incoming::size_hint)
    }
}
