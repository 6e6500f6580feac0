//! The network between a client and the server: it cuts what is sent into pieces, takes its
//! time, and fails at any byte.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf, ReadHalf,
    WriteHalf,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::world::World;

/// How one connection is carried.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkPlan {
    /// What either side can have sent before the other reads.
    pub(super) capacity: usize,
    pub(super) up: DirectionPlan,
    pub(super) down: DirectionPlan,
}

/// How one direction of it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct DirectionPlan {
    /// Most bytes that are carried at once.
    pub(super) chunk: usize,
    /// How long each takes.
    pub(super) latency: Duration,
    /// What happens once so many bytes were carried.
    pub(super) fault: Option<(u64, LinkFault)>,
}

/// What a network does to a connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum LinkFault {
    /// Both sides see that it is reset.
    Reset,
    /// This direction ends as if its sender had closed it.
    Close,
    /// This direction carries nothing for a while.
    Stall(Duration),
    /// Neither direction carries anything any more, and nobody is told.
    Vanish,
}

impl LinkFault {
    fn name(self) -> &'static str {
        match self {
            Self::Reset => "network: reset",
            Self::Close => "network: closed in one direction",
            Self::Stall(_) => "network: stalled",
            Self::Vanish => "network: peer vanished",
        }
    }
}

/// A connection on its way.
#[derive(Clone, Debug, Default)]
pub(super) struct Link(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_reset: AtomicBool,
    has_failed: AtomicBool,
    cut: CancellationToken,
    vanished: CancellationToken,
}

impl Link {
    /// Connects a client to a server: the end of each.
    pub(super) fn connect(self, plan: LinkPlan, world: &World) -> (DuplexStream, ServerEnd) {
        let (client, client_side) = tokio::io::duplex(plan.capacity);
        let (server_side, server) = tokio::io::duplex(plan.capacity);
        let (from_client, to_client) = tokio::io::split(client_side);
        let (from_server, to_server) = tokio::io::split(server_side);
        world.spawn(self.clone().carry(from_client, to_server, plan.up, world.clone()));
        world.spawn(self.clone().carry(from_server, to_client, plan.down, world.clone()));
        (client, ServerEnd { io: server, link: self })
    }

    /// Carries nothing more, and tells nobody.
    pub(super) fn vanish(&self) {
        self.0.has_failed.store(true, Ordering::Relaxed);
        self.0.vanished.cancel();
    }

    /// Whether it has failed, so that whatever becomes of its calls may be its fault.
    pub(super) fn has_failed(&self) -> bool {
        self.0.has_failed.load(Ordering::Relaxed)
    }

    fn reset(&self) {
        self.0.is_reset.store(true, Ordering::Relaxed);
        self.0.cut.cancel();
    }

    async fn carry(
        self,
        mut from: ReadHalf<DuplexStream>,
        mut to: WriteHalf<DuplexStream>,
        plan: DirectionPlan,
        world: World,
    ) {
        let cut = self.0.cut.clone();
        let carried = async {
            let mut carried = 0;
            let mut bytes = vec![0; plan.chunk];
            loop {
                let until_fault = plan.fault.and_then(|(at, _)| at.checked_sub(carried));
                let most = until_fault.filter(|left| *left > 0).unwrap_or(u64::MAX);
                let most = (plan.chunk as u64).min(most) as usize;
                let read = tokio::select! {
                    biased;
                    () = self.0.vanished.cancelled() => return std::future::pending().await,
                    read = from.read(&mut bytes[..most]) => read,
                };
                let read = read.unwrap_or(0);
                if read == 0 || !plan.latency.is_zero() {
                    sleep(plan.latency).await;
                }
                if read == 0 || to.write_all(&bytes[..read]).await.is_err() {
                    to.shutdown().await.ok();
                    return;
                }
                carried += read as u64;
                let Some((_, fault)) = plan.fault.filter(|(at, _)| *at == carried) else {
                    continue;
                };
                world.injects(fault.name());
                self.0.has_failed.store(true, Ordering::Relaxed);
                match fault {
                    LinkFault::Reset => self.reset(),
                    LinkFault::Close => return to.shutdown().await.unwrap_or_default(),
                    LinkFault::Stall(time) => sleep(time).await,
                    LinkFault::Vanish => self.vanish(),
                }
            }
        };
        tokio::select! {
            biased;
            () = cut.cancelled() => {}
            () = carried => {}
        }
    }
}

/// The server's end. It is told of a reset, as by a system.
#[derive(Debug)]
pub(super) struct ServerEnd {
    io: DuplexStream,
    link: Link,
}

impl ServerEnd {
    fn error(&self) -> Option<io::Error> {
        let is_reset = self.link.0.is_reset.load(Ordering::Relaxed);
        is_reset.then(|| ErrorKind::ConnectionReset.into())
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
        match self.error() {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut self.io).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
