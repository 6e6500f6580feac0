//! Counts the streams that this side resets for errors of the peer.
//!
//! The transport counts them too, and ends the connection with all its calls when
//! there have been too many in the connection's life. Behind a proxy the errors
//! may be one caller's and the calls many others'. So a connection is asked to go
//! long before: its calls are finished, and the next ones are made on a new
//! connection, whose count begins at zero.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Buf as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Length, kind, flags and stream of a frame (RFC 9113, section 4.1).
const HEAD_BYTES: usize = 9;
/// The kind of a frame that resets a stream. Its payload is an error.
const RST_STREAM: u8 = 3;
const ERROR_BYTES: usize = 4;

/// Errors that only a peer can make (RFC 9113, section 7).
const PROTOCOL_ERROR: u32 = 1;
const FLOW_CONTROL_ERROR: u32 = 3;
const STREAM_CLOSED: u32 = 5;
const FRAME_SIZE_ERROR: u32 = 6;

/// How many resets a connection has sent so far.
#[derive(Clone, Debug, Default)]
pub(super) struct SentResets(Arc<AtomicUsize>);

impl SentResets {
    /// The number so far.
    pub(super) fn count(&self) -> usize {
        // Whoever drives the connection asks on the thread that counts.
        self.0.load(Ordering::Relaxed)
    }
}

/// A connection whose resets are counted.
#[derive(Debug)]
pub(super) struct CountingResets<T> {
    io: T,
    frames: Frames,
    sent: SentResets,
}

impl<T> CountingResets<T> {
    /// Counts into `sent` what goes out by `io`.
    pub(super) fn new(io: T, sent: SentResets) -> Self {
        Self { io, frames: Frames::default(), sent }
    }

    fn see(&mut self, bytes: &[u8]) {
        let resets = self.frames.count_resets(bytes);
        if resets > 0 {
            self.sent.0.fetch_add(resets, Ordering::Relaxed);
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for CountingResets<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for CountingResets<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, bytes))?;
        self.see(&bytes[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, slices))?;
        let mut left = written;
        for slice in slices {
            let of_slice = left.min(slice.len());
            self.see(&slice[..of_slice]);
            left -= of_slice;
        }
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// Finds the frames in what is sent, in whatever portions it goes. It is whole
/// frames from the first byte on, for a server sends nothing before them.
#[derive(Debug, Default)]
struct Frames {
    /// The present frame's head, and its error if it is a reset, so far.
    begin: [u8; HEAD_BYTES + ERROR_BYTES],
    begin_len: usize,
    /// Bytes of the present frame that are still to come and do not matter.
    left: usize,
}

impl Frames {
    /// Looks through a further portion: how many resets for the peer's errors end
    /// in it.
    fn count_resets(&mut self, mut sent: &[u8]) -> usize {
        let mut resets = 0;
        while !sent.is_empty() {
            let of_payload = self.left.min(sent.len());
            sent.advance(of_payload);
            self.left -= of_payload;
            if self.left == 0 && self.take_begin(&mut sent).is_some_and(is_of_the_peer) {
                resets += 1;
            }
        }
        resets
    }

    /// Takes what is missing of a frame's beginning: the error, once that of a
    /// reset is complete.
    fn take_begin(&mut self, sent: &mut &[u8]) -> Option<u32> {
        let has_head = self.begin_len >= HEAD_BYTES;
        let wanted = if has_head { HEAD_BYTES + ERROR_BYTES } else { HEAD_BYTES };
        let taken = (wanted - self.begin_len).min(sent.len());
        sent.copy_to_slice(&mut self.begin[self.begin_len..self.begin_len + taken]);
        self.begin_len += taken;
        if self.begin_len < wanted {
            return None;
        }
        let [a, b, c, kind, _flags, _, _, _, _, error @ ..] = self.begin;
        if has_head {
            self.begin_len = 0;
            return Some(u32::from_be_bytes(error));
        }
        if kind != RST_STREAM {
            self.begin_len = 0;
            self.left = u32::from_be_bytes([0, a, b, c]) as usize;
        }
        None
    }
}

/// Whether a stream with this error was reset for what the peer did.
fn is_of_the_peer(error: u32) -> bool {
    matches!(error, PROTOCOL_ERROR | FLOW_CONTROL_ERROR | STREAM_CLOSED | FRAME_SIZE_ERROR)
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    const DATA: u8 = 0;
    const NO_ERROR: u32 = 0;
    const REFUSED_STREAM: u32 = 7;

    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let length = (payload.len() as u32).to_be_bytes();
        [&length[1..], &[kind, 0, 0, 0, 0, 1], payload].concat()
    }

    fn reset(error: u32) -> Vec<u8> {
        frame(RST_STREAM, &error.to_be_bytes())
    }

    /// Three resets for the peer's errors, among others and what looks like one.
    fn three() -> Vec<u8> {
        let looks_like_one = frame(DATA, &reset(STREAM_CLOSED));
        let errors = [PROTOCOL_ERROR, NO_ERROR, STREAM_CLOSED, REFUSED_STREAM, FLOW_CONTROL_ERROR];
        let resets = errors.map(reset).concat();
        [looks_like_one, frame(DATA, &[]), resets, frame(DATA, &[3; 300])].concat()
    }

    #[test]
    fn resets_are_counted_however_they_are_cut() {
        let bytes = three();
        for portion in 1..=bytes.len() {
            let mut frames = Frames::default();
            let counted = bytes.chunks(portion).map(|part| frames.count_resets(part));
            assert_eq!(counted.sum::<usize>(), 3, "in portions of {portion}");
        }
    }

    #[tokio::test]
    async fn only_what_was_written_is_counted() {
        let resets = [reset(STREAM_CLOSED), reset(STREAM_CLOSED)];
        for is_vectored in [false, true] {
            let sent = SentResets::default();
            let (io, _peer) = tokio::io::duplex(20);
            let mut io = CountingResets::new(io, sent.clone());
            let written = if is_vectored {
                io.write_vectored(&resets.each_ref().map(|reset| IoSlice::new(reset))).await
            } else {
                io.write(&resets.concat()).await
            };
            assert!(written.expect("there is some room") < 26, "there is not room for all");
            assert_eq!(sent.count(), 1);
        }
    }
}
