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
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frames::{FrameFinder, RST_STREAM};

/// Length of the payload of a reset.
const ERROR_BYTES: usize = 4;

/// GOAWAY with `ENHANCE_YOUR_CALM`, and any stream may have been taken up (RFC 9113,
/// section 6.8).
const CALM_DOWN: &[u8; 17] = b"\0\0\x08\x07\0\0\0\0\0\x7f\xff\xff\xff\0\0\0\x0b";

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

/// Tells a connection to say no more than that its client is to calm down. The
/// transport says that only for what it counts itself.
#[derive(Clone, Debug, Default)]
pub(super) struct SendAway(Arc<AtomicBool>);

impl SendAway {
    /// What comes next is a GOAWAY, and the last frame.
    pub(super) fn send(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_to_be_sent(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A connection whose resets are counted.
#[derive(Debug)]
pub(super) struct CountingResets<T> {
    io: T,
    resets: Resets,
    sent: SentResets,
    send_away: SendAway,
}

impl<T> CountingResets<T> {
    /// Counts into `sent` what goes out by `io`, until it is to `send_away` the peer.
    pub(super) fn new(io: T, sent: SentResets, send_away: SendAway) -> Self {
        Self { io, resets: Resets::default(), sent, send_away }
    }

    fn see(&mut self, bytes: &[u8]) {
        let resets = self.resets.count(bytes);
        if resets > 0 {
            self.sent.0.fetch_add(resets, Ordering::Relaxed);
        }
    }
}

impl<T: AsyncWrite + Unpin> CountingResets<T> {
    fn is_to_send_away(&self) -> bool {
        self.send_away.is_to_be_sent() && self.resets.is_between_frames()
    }

    /// It is all or nothing: who takes so little is no peer.
    fn poll_send_away(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        ready!(Pin::new(&mut self.io).poll_write(cx, CALM_DOWN))?;
        ready!(Pin::new(&mut self.io).poll_flush(cx))?;
        Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
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
        if self.is_to_send_away() {
            return self.poll_send_away(cx);
        }
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, bytes))?;
        self.see(&bytes[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.is_to_send_away() {
            return self.poll_send_away(cx);
        }
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

/// Finds the resets in what is sent, in whatever portions it goes.
#[derive(Debug, Default)]
struct Resets {
    frames: FrameFinder,
    /// The error of a reset that is being sent, so far.
    error: [u8; ERROR_BYTES],
    /// How much of it is missing.
    missing: usize,
}

impl Resets {
    /// Looks through a further portion: how many resets for the peer's errors end
    /// in it.
    fn count(&mut self, mut sent: &[u8]) -> usize {
        let mut resets = 0;
        while !sent.is_empty() {
            if self.missing > 0 {
                resets += usize::from(self.take_error(sent));
            }
            let Some(head) = self.frames.next_head(&mut sent) else { break };
            if head.kind == RST_STREAM {
                self.missing = ERROR_BYTES;
            }
        }
        resets
    }

    fn is_between_frames(&self) -> bool {
        self.missing == 0 && self.frames.is_between()
    }

    /// Looks at what there is of an error: whether it is complete, and the peer's.
    fn take_error(&mut self, sent: &[u8]) -> bool {
        let taken = self.missing.min(sent.len());
        let begin = ERROR_BYTES - self.missing;
        self.error[begin..begin + taken].copy_from_slice(&sent[..taken]);
        self.missing -= taken;
        self.missing == 0 && is_of_the_peer(u32::from_be_bytes(self.error))
    }
}

/// Whether a stream with this error was reset for what the peer did.
fn is_of_the_peer(error: u32) -> bool {
    matches!(error, PROTOCOL_ERROR | FLOW_CONTROL_ERROR | STREAM_CLOSED | FRAME_SIZE_ERROR)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    use crate::connection::frames::DATA;
    use crate::connection::frames::tests::frame;

    const NO_ERROR: u32 = 0;
    const REFUSED_STREAM: u32 = 7;

    fn reset(error: u32) -> Vec<u8> {
        frame(RST_STREAM, 1, &error.to_be_bytes())
    }

    /// Three resets for the peer's errors, among others and what looks like one.
    fn three() -> Vec<u8> {
        let looks_like_one = frame(DATA, 1, &reset(STREAM_CLOSED));
        let errors = [PROTOCOL_ERROR, NO_ERROR, STREAM_CLOSED, REFUSED_STREAM, FLOW_CONTROL_ERROR];
        let resets = errors.map(reset).concat();
        [looks_like_one, frame(DATA, 1, &[]), resets, frame(DATA, 1, &[3; 300])].concat()
    }

    #[test]
    fn resets_are_counted_however_they_are_cut() {
        let bytes = three();
        for portion in 1..=bytes.len() {
            let mut resets = Resets::default();
            let counted = bytes.chunks(portion).map(|part| resets.count(part));
            assert_eq!(counted.sum::<usize>(), 3, "in portions of {portion}");
        }
    }

    #[tokio::test]
    async fn only_what_was_written_is_counted() {
        let resets = [reset(STREAM_CLOSED), reset(STREAM_CLOSED)];
        for is_vectored in [false, true] {
            let sent = SentResets::default();
            let (io, _peer) = tokio::io::duplex(20);
            let mut io = CountingResets::new(io, sent.clone(), SendAway::default());
            let written = if is_vectored {
                io.write_vectored(&resets.each_ref().map(|reset| IoSlice::new(reset))).await
            } else {
                io.write(&resets.concat()).await
            };
            assert!(written.expect("there is some room") < 26, "there is not room for all");
            assert_eq!(sent.count(), 1);
        }
    }

    #[tokio::test]
    async fn who_is_sent_away_is_told_after_the_present_frame() {
        let send_away = SendAway::default();
        let (io, mut peer) = tokio::io::duplex(100);
        let mut io = CountingResets::new(io, SentResets::default(), send_away.clone());
        let frame = frame(DATA, 1, &[7; 20]);
        io.write_all(&frame[..12]).await.expect("there is room");
        send_away.send();
        io.write_all(&frame[12..]).await.expect("the frame goes on");
        let error = io.write_all(&frame).await.expect_err("no other begins");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
        drop(io);
        let mut received = Vec::new();
        peer.read_to_end(&mut received).await.expect("it can be read");
        assert_eq!(received, [frame.as_slice(), CALM_DOWN].concat());
    }
}
