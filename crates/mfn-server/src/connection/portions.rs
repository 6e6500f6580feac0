//! Reads a connection in portions, between which the calls that have come are
//! looked at.
//!
//! The transport reads as long as something comes, and keeps the heads of all
//! calls until then. A head of 16 KiB takes up to 100 KiB of memory, for some 500
//! bytes on the wire if it repeats one header.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes of a portion, which the last read of it may exceed. The transport ends a
/// connection on which more streams are reset before it looks at them than may be
/// open, so that many have room in a portion.
const PORTION_BYTES: usize = 32 * 1024;

/// What is left of the present portion, known to whoever drives the connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Portion(Arc<AtomicUsize>);

impl Portion {
    /// The next one may be read.
    pub(super) fn begin(&self) {
        self.0.store(PORTION_BYTES, Ordering::Relaxed);
    }
}

/// A connection that is read in portions.
#[derive(Debug)]
pub(super) struct Portions<T> {
    io: T,
    present: Portion,
}

impl<T> Portions<T> {
    /// Reads from `io` as much as is left of the `present` portion.
    pub(super) fn new(io: T, present: Portion) -> Self {
        Self { io, present }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Portions<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let left = self.present.0.load(Ordering::Relaxed);
        if left == 0 {
            // It is driven again at once, with a new portion.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.io).poll_read(cx, buffer);
        let bytes = buffer.filled().len() - before;
        self.present.0.store(left.saturating_sub(bytes), Ordering::Relaxed);
        read
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Portions<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, slices)
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
mod tests {
    use futures_util::FutureExt as _;
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn what_comes_is_read_in_portions() {
        let sent = vec![7; 3 * PORTION_BYTES];
        let present = Portion::default();
        let mut io = Portions::new(&*sent, present.clone());
        let mut received = Vec::new();
        let mut part = [0; PORTION_BYTES / 8];
        for portion in 1..=3 {
            present.begin();
            while let Some(read) = io.read(&mut part).now_or_never() {
                received.extend_from_slice(&part[..read.expect("it can be read")]);
            }
            assert_eq!(received.len(), portion * PORTION_BYTES);
        }
        assert_eq!(received, sent);
    }
}
