//! The body of an answer, which holds its call's place until it is complete.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use mfn_access::Place;
use tonic::Status;
use tonic::body::Body;

/// A body with a place.
#[derive(Debug)]
pub(super) struct PlaceHoldingBody {
    body: Body,
    place: Option<Arc<Place>>,
}

impl PlaceHoldingBody {
    /// `body`, which gives `place` back with its last frame, or when it is
    /// dropped before.
    pub(super) fn around(body: Body, place: Arc<Place>) -> Body {
        // What is complete already needs no more of anything.
        if body.is_end_stream() {
            return body;
        }
        Body::new(Self { body, place: Some(place) })
    }
}

impl http_body::Body for PlaceHoldingBody {
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
            self.place = None;
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
