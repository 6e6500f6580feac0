//! Bodies whose bytes are counted, both ways.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use http_body::{Frame, SizeHint};
use pin_project_lite::pin_project;
use tonic::Status;
use tonic::body::Body;

use super::entry::Entry;
use crate::audit::{Observed, Outcome};

/// A flag, and the length of the message in big-endian order.
const PREFIX_BYTES: usize = 5;

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

/// Finds the messages in the bytes of an answer, in whatever parts they come.
#[derive(Debug, Default)]
pub(super) struct Messages {
    begun: u64,
    /// Bytes of the present message that are still to come.
    missing: usize,
    /// Bytes of the next prefix that have come.
    prefix: [u8; PREFIX_BYTES],
    prefix_len: usize,
}

impl Messages {
    /// How many have begun.
    pub(super) fn begun(&self) -> u64 {
        self.begun
    }

    /// Looks through a further part.
    pub(super) fn count(&mut self, mut part: &[u8]) {
        while !part.is_empty() {
            let of_message = self.missing.min(part.len());
            part.advance(of_message);
            self.missing -= of_message;
            if self.missing == 0 {
                self.take_prefix(&mut part);
            }
        }
    }

    fn take_prefix(&mut self, part: &mut &[u8]) {
        let taken = part.len().min(PREFIX_BYTES - self.prefix_len);
        part.copy_to_slice(&mut self.prefix[self.prefix_len..self.prefix_len + taken]);
        self.prefix_len += taken;
        if self.prefix_len == PREFIX_BYTES {
            let [_flag, length @ ..] = self.prefix;
            self.missing = u32::from_be_bytes(length) as usize;
            self.prefix_len = 0;
            self.begun += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_counted_however_they_are_cut() {
        let bytes = [0, 0, 0, 0, 2, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 9];
        for part in 1..=bytes.len() {
            let mut messages = Messages::default();
            bytes.chunks(part).for_each(|part| messages.count(part));
            assert_eq!(messages.begun(), 3, "in parts of {part}");
        }
    }
}
