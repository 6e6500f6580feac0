//! The network between a client and the server: it cuts what is sent into pieces, takes its
//! time, and fails at any byte.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadHalf, WriteHalf};
use tokio::time::sleep;

use super::link::Link;
use super::server_end::ServerEnd;
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

impl Link {
    /// Connects a client to a server: the end of each.
    pub(super) fn connect(self, plan: LinkPlan, world: &World) -> (DuplexStream, ServerEnd) {
        let (client, client_side) = tokio::io::duplex(plan.capacity);
        let (server_side, server) = tokio::io::duplex(plan.capacity);
        let (from_client, to_client) = tokio::io::split(client_side);
        let (from_server, to_server) = tokio::io::split(server_side);
        world.spawn(self.clone().carry(from_client, to_server, plan.up, world.clone()));
        world.spawn(self.clone().carry(from_server, to_client, plan.down, world.clone()));
        (client, ServerEnd::new(server, self, world))
    }

    async fn carry(
        self,
        mut from: ReadHalf<DuplexStream>,
        mut to: WriteHalf<DuplexStream>,
        plan: DirectionPlan,
        world: World,
    ) {
        let cut = self.cut().clone();
        let carried = async {
            let mut carried = 0;
            let mut bytes = vec![0; plan.chunk];
            loop {
                let until_fault = plan.fault.and_then(|(at, _)| at.checked_sub(carried));
                let most = until_fault.filter(|left| *left > 0).unwrap_or(u64::MAX);
                let most = (plan.chunk as u64).min(most) as usize;
                let read = tokio::select! {
                    biased;
                    () = self.has_vanished() => return std::future::pending().await,
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
                self.fails();
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
