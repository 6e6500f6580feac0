//! Ends a connection whose peer takes nothing from it for too long. What is to be
//! sent is held until then, and the transport itself would wait without end.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// A connection that fails when nothing can be written to it for a time.
#[derive(Debug)]
pub(crate) struct WriteTimeout<T> {
    io: T,
    timeout: Duration,
    /// Made when something has to wait for the first time: most connections never
    /// do.
    timer: Option<Pin<Box<Sleep>>>,
    is_waiting: bool,
}

impl<T> WriteTimeout<T> {
    /// `io`, which fails when it takes nothing for as long as `timeout`.
    pub(crate) fn new(io: T, timeout: Duration) -> Self {
        Self { io, timeout, timer: None, is_waiting: false }
    }

    /// `polled`, unless it has been pending for too long.
    fn in_time<R>(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        if polled.is_ready() {
            self.is_waiting = false;
            return polled;
        }
        let end = Instant::now() + self.timeout;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
        if !self.is_waiting {
            self.is_waiting = true;
            timer.as_mut().reset(end);
        }
        timer.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for WriteTimeout<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for WriteTimeout<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.in_time(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, slices);
        self.in_time(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        self.in_time(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut_down = Pin::new(&mut self.io).poll_shutdown(cx);
        self.in_time(cx, shut_down)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(30);

    // shows MFN-MEM-004
    #[tokio::test(start_paused = true)]
    async fn a_peer_who_takes_nothing_for_half_a_minute_loses_the_connection() {
        let (io, _peer) = tokio::io::duplex(10);
        let mut io = WriteTimeout::new(io, TIMEOUT);
        io.write_all(&[0; 10]).await.expect("there is room");
        tokio::time::sleep(10 * TIMEOUT).await;
        let start = Instant::now();
        let error = io.write_all(&[0]).await.expect_err("nobody reads");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed().as_secs(), TIMEOUT.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_who_takes_a_little_at_a_time_keeps_the_connection() {
        let (io, mut peer) = tokio::io::duplex(10);
        let mut io = WriteTimeout::new(io, TIMEOUT);
        let reading = tokio::spawn(async move {
            for _ in 0..10 {
                tokio::time::sleep(TIMEOUT * 9 / 10).await;
                peer.read_u8().await.expect("something is there");
            }
            peer
        });
        io.write_all(&[0; 20]).await.expect("each byte is taken in time");
        reading.await.expect("no panic");
    }
}
