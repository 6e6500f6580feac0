//! The server's end of a connection. It is told of a reset, as by a system, and sees how long
//! the server goes on with a peer who takes nothing.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::time::Instant;

use super::link::Link;
use super::world::World;
use crate::reader::LONGEST_STALL;

/// Longest that a server writes to a peer who takes nothing, beyond the time that it gives it:
/// meanwhile no connection may be driven, for the audit's sake.
const UNDRIVEN: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Debug)]
pub(super) struct ServerEnd {
    io: DuplexStream,
    link: Link,
    world: World,
    /// Since when the peer takes nothing of what is written to it.
    takes_nothing_since: Option<Instant>,
}

impl ServerEnd {
    pub(super) fn new(io: DuplexStream, link: Link, world: &World) -> Self {
        Self { io, link, world: world.clone(), takes_nothing_since: None }
    }

    /// The connection that it is an end of.
    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    fn error(&self) -> Option<io::Error> {
        self.link.is_reset().then(|| ErrorKind::ConnectionReset.into())
    }

    /// The peer has taken something, or the connection is over.
    fn waits_no_more(&mut self) {
        let waited = self.takes_nothing_since.take().map(|since| since.elapsed());
        if let Some(waited) = waited.filter(|waited| *waited > LONGEST_STALL + UNDRIVEN) {
            self.world.violated(format_args!("a peer took nothing for {waited:?}"));
        }
    }
}

impl Drop for ServerEnd {
    fn drop(&mut self) {
        self.waits_no_more();
    }
}

impl AsyncRead for ServerEnd {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.error() {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut self.io).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for ServerEnd {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(error) = self.error() {
            return Poll::Ready(Err(error));
        }
        let written = Pin::new(&mut self.io).poll_write(cx, bytes);
        if written.is_ready() {
            self.waits_no_more();
        } else {
            self.takes_nothing_since.get_or_insert_with(Instant::now);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
