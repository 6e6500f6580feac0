//! Reads a connection in portions, between which the calls that have come are
//! looked at.
//!
//! The transport reads as long as something comes, and keeps what it has read until
//! then: a head of 16 KiB takes up to 100 KiB of memory, for some 500 bytes on the
//! wire if it repeats one header, and a frame of one byte some hundreds. So a portion
//! has few frames, and a call begins only where there is a place for its stream.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frames::{DATA, FrameFinder, FrameHead, HEADERS};
use super::preface::PREFACE;
use super::streams::Streams;

/// Bytes of a portion, which the last read of it may exceed.
const PORTION_BYTES: usize = 32 * 1024;
/// Frames of a portion that the transport keeps until calls are looked at.
const PORTION_FRAMES: usize = 64;
/// The same where many calls are not looked at yet: one call.
const FEWEST_FRAMES: usize = 2;
/// There, a connection on which no call was ever admitted has that only in one of so
/// many portions, by chance, and nothing in the others. There may be thousands of
/// them, which would have those of callers wait for each.
const PORTIONS_FOR_A_CALL: u8 = 16;

/// What is left of the present portion, known to whoever drives the connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Portion(Arc<Left>);

#[derive(Debug, Default)]
struct Left {
    bytes: AtomicUsize,
    frames: AtomicUsize,
}

impl Portion {
    /// The next one may be read, of a connection that `is_admitted`. It is a small one
    /// where there `is_much_to_do`.
    pub(super) fn begin(&self, is_much_to_do: bool, is_admitted: bool) {
        let frames = match (is_much_to_do, is_admitted) {
            (false, _) => PORTION_FRAMES,
            (true, false) if fastrand::u8(..PORTIONS_FOR_A_CALL) > 0 => 0,
            (true, _) => FEWEST_FRAMES,
        };
        self.0.bytes.store(PORTION_BYTES, Ordering::Relaxed);
        self.0.frames.store(frames, Ordering::Relaxed);
    }

    fn has_bytes(&self) -> bool {
        self.0.bytes.load(Ordering::Relaxed) > 0
    }

    fn has_frames(&self) -> bool {
        self.0.frames.load(Ordering::Relaxed) > 0
    }

    fn take_bytes(&self, bytes: usize) {
        let left = self.0.bytes.load(Ordering::Relaxed);
        self.0.bytes.store(left.saturating_sub(bytes), Ordering::Relaxed);
    }

    fn take_frame(&self) {
        let left = self.0.frames.load(Ordering::Relaxed);
        self.0.frames.store(left.saturating_sub(1), Ordering::Relaxed);
    }
}

/// A connection that is read in portions.
#[derive(Debug)]
pub(super) struct Portions<T> {
    io: T,
    present: Portion,
    streams: Streams,
    frames: FrameFinder,
    last_stream: u32,
    /// A frame that has to wait. Its head was passed on, which says nothing without
    /// what follows.
    waiting: Option<FrameHead>,
    /// What was read and follows that head.
    held_back: Bytes,
    /// The peer takes nothing at present. What ends calls waits for it.
    is_stuck: bool,
}

impl<T> Portions<T> {
    /// Reads from `io` as much as is left of the `present` portion, and as its
    /// `streams` have places.
    pub(super) fn new(io: T, present: Portion, streams: Streams) -> Self {
        let (waiting, held_back) = Default::default();
        Self {
            io,
            present,
            streams,
            frames: FrameFinder::after(PREFACE.len()),
            last_stream: 0,
            waiting,
            held_back,
            is_stuck: false,
        }
    }

    /// How many of `bytes`, which come next, are passed on now.
    fn pass(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while let Some(head) = self.frames.next_head(&mut rest) {
            if self.poll_may_pass(cx, head).is_pending() {
                self.waiting = Some(head);
                break;
            }
        }
        bytes.len() - rest.len()
    }

    /// Ready when the transport may have the rest of the frame of this `head`.
    fn poll_may_pass(&mut self, cx: &mut Context<'_>, head: FrameHead) -> Poll<()> {
        if !matches!(head.kind, DATA | HEADERS) {
            return Poll::Ready(());
        }
        if !self.present.has_frames() {
            // It is driven again at once, with a new portion.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if head.kind == HEADERS && head.stream > self.last_stream {
            if self.is_stuck {
                return Poll::Pending;
            }
            if head.is_in_parts() {
                ready!(self.streams.poll_headers_in_parts(cx));
            }
            ready!(self.streams.poll_place(cx));
            self.last_stream = head.stream;
        }
        self.present.take_frame();
        Poll::Ready(())
    }

    /// Remembers whether anything can be written.
    fn see<R>(&mut self, cx: &Context<'_>, written: Poll<R>) -> Poll<R> {
        let was_stuck = std::mem::replace(&mut self.is_stuck, written.is_pending());
        if was_stuck && !self.is_stuck && self.waiting.is_some() {
            cx.waker().wake_by_ref();
        }
        written
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Portions<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.present.has_bytes() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(head) = this.waiting {
            ready!(this.poll_may_pass(cx, head));
            this.waiting = None;
        }
        if this.held_back.is_empty() {
            let before = buffer.filled().len();
            ready!(Pin::new(&mut this.io).poll_read(cx, buffer))?;
            let read = &buffer.filled()[before..];
            let passed = this.pass(cx, read);
            this.held_back = Bytes::copy_from_slice(&read[passed..]);
            this.present.take_bytes(passed);
            buffer.set_filled(before + passed);
        } else {
            let mut next = this.held_back.clone();
            next.truncate(buffer.remaining());
            let passed = this.pass(cx, &next);
            buffer.put_slice(&next[..passed]);
            this.present.take_bytes(passed);
            this.held_back.advance(passed);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Portions<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.see(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, slices);
        self.see(cx, written)
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

#[cfg(test)]
mod tests;
