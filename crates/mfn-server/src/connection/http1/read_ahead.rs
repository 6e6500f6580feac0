//! Sees that a client leaves while its call is open.
//!
//! The transport reads nothing between the end of a request and the end of its answer, so
//! it would not see the connection end in that time. What comes then is the beginning of
//! the next request. It is read here, up to a bound, and kept for the transport.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::sleep;

/// How long a client that has closed its direction of the connection waits for the next
/// bytes of its answer. It may have closed the other direction as well, and nothing tells
/// that before something is written to it. Most calls are answered in less, and for the
/// others this is how long the computation goes on for nobody.
pub(super) const HALF_CLOSED_TIMEOUT: Duration = Duration::from_millis(500);
/// Most bytes that are kept for the transport. If a client sends more before it has its
/// answer, the end of its connection is not seen until then. A connection has 64 KiB of
/// memory (spec/memory.md, MFN-MEM-001), most of which the transport takes.
pub(super) const MAX_KEPT_BYTES: usize = 4 * 1024;
/// Most bytes that are read at once.
const READ_BYTES: usize = 1024;

/// A connection that the transport and whoever waits for its end have in common.
#[derive(Debug)]
pub(super) struct ReadAhead<T>(Arc<Mutex<Connection<T>>>);

#[derive(Debug)]
struct Connection<T> {
    io: T,
    /// What came while the transport was not reading.
    kept: BytesMut,
    /// Whether the transport is woken when something comes, and then reads it itself.
    is_read_by_transport: bool,
    /// Whether the client has closed its direction.
    has_ended: bool,
    /// Bytes of answers that the system has taken.
    written: u64,
    /// Whether the system takes no more at present, because the client is slow.
    is_full: bool,
}

impl<T> Clone for ReadAhead<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> ReadAhead<T> {
    /// `io`, which the transport is the first to read.
    pub(super) fn new(io: T) -> Self {
        Self(Arc::new(Mutex::new(Connection {
            io,
            kept: BytesMut::new(),
            is_read_by_transport: true,
            has_ended: false,
            written: 0,
            is_full: false,
        })))
    }

    /// The transport is driven next. If it needs to read, it does so then.
    pub(super) fn begin(&self) {
        self.lock().is_read_by_transport = false;
    }

    /// No panic can leave it half changed.
    fn lock(&self) -> MutexGuard<'_, Connection<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: AsyncRead + Unpin> ReadAhead<T> {
    /// Waits until the client has left while its call is open: the connection is broken,
    /// or the client has closed its direction and nothing was written to it for
    /// [`HALF_CLOSED_TIMEOUT`].
    pub(super) async fn client_left(&self) {
        if poll_fn(|cx| self.lock().poll_end(cx)).await.is_err() {
            return;
        }
        loop {
            let written = self.lock().written;
            sleep(HALF_CLOSED_TIMEOUT).await;
            if self.lock().is_silent_since(written) {
                return;
            }
        }
    }
}

impl<T: AsyncRead + Unpin> Connection<T> {
    /// Ready when the client has closed its direction.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.has_ended {
            let room = READ_BYTES.min(MAX_KEPT_BYTES - self.kept.len());
            if room == 0 || self.is_read_by_transport {
                return Poll::Pending;
            }
            let mut bytes = [0; READ_BYTES];
            let mut buffer = ReadBuf::new(&mut bytes[..room]);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer))?;
            self.kept.extend_from_slice(buffer.filled());
            self.has_ended = buffer.filled().is_empty();
        }
        Poll::Ready(Ok(()))
    }

    /// Reads for the transport.
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.kept.is_empty() {
            let fits = self.kept.len().min(buffer.remaining());
            buffer.put_slice(&self.kept.split_to(fits));
            if self.kept.is_empty() {
                self.kept = BytesMut::new();
            }
            return Poll::Ready(Ok(()));
        }
        if self.has_ended {
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.io).poll_read(cx, buffer);
        self.is_read_by_transport = read.is_pending();
        self.has_ended = matches!(read, Poll::Ready(Ok(()))) && buffer.filled().len() == before;
        read
    }
}

impl<T> Connection<T> {
    /// Whether nothing was written since so many bytes were, and nothing has to wait
    /// for a slow client either: that wait has a bound of its own.
    fn is_silent_since(&self, written: u64) -> bool {
        self.written == written && !self.is_full
    }

    /// Takes note of what became of an attempt to write.
    fn note(&mut self, written: &Poll<io::Result<usize>>) {
        self.is_full = written.is_pending();
        if let Poll::Ready(Ok(bytes)) = written {
            self.written += *bytes as u64;
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for ReadAhead<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.lock().poll_read(cx, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for ReadAhead<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut connection = self.lock();
        let written = Pin::new(&mut connection.io).poll_write(cx, bytes);
        connection.note(&written);
        written
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut connection = self.lock();
        let written = Pin::new(&mut connection.io).poll_write_vectored(cx, slices);
        connection.note(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.lock().io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.lock().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.lock().io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    /// What the system has when the other side has reset the connection.
    struct Reset;

    impl AsyncRead for Reset {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
        }
    }

    // shows MFN-WEB-017
    #[tokio::test(start_paused = true)]
    async fn a_client_that_resets_its_connection_has_left_at_once() {
        let io = ReadAhead::new(Reset);
        io.begin();
        let start = Instant::now();
        io.client_left().await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
