//! Bodies whose bytes are counted, both ways.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use pin_project_lite::pin_project;
use tonic::Status;
use tonic::body::Body;

use super::entry::Entry;
use crate::audit::{Observed, Outcome};

pin_project! {
    /// What a client sends.
    #[derive(Debug)]
    pub(crate) struct CountedBody<B> {
        #[pin]
        body: B,
        observed: Option<Observed>,
    }
}

impl<B> CountedBody<B> {
    pub(super) fn new(body: B, observed: Option<Observed>) -> Self {
        Self { body, observed }
    }
}

impl<B: http_body::Body<Data = Bytes>> http_body::Body for CountedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.project();
        let frame = ready!(this.body.poll_frame(cx));
        if let (Some(observed), Some(Ok(frame))) = (this.observed, &frame) {
            observed.received(frame.data_ref().map_or(0, Bytes::len));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What is answered.
#[derive(Debug)]
pub(crate) struct AuditedBody {
    body: Body,
    entry: Option<Entry>,
}

impl AuditedBody {
    pub(super) fn new(body: Body, entry: Option<Entry>) -> Self {
        Self { body, entry }
    }
}

impl http_body::Body for AuditedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(entry) = &mut self.entry {
            match &frame {
                Some(Ok(frame)) => see(entry, frame),
                Some(Err(status)) => entry.ended(Outcome::of_status(status)),
                None => {}
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn see(entry: &mut Entry, frame: &Frame<Bytes>) {
    if let Some(data) = frame.data_ref() {
        entry.sends(data);
    } else if let Some(trailers) = frame.trailers_ref() {
        let status = Status::from_header_map(trailers);
        entry.ended(Outcome::of_status(&status.unwrap_or_else(|| Status::unknown("no status"))));
    }
}
