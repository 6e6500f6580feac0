//! Takes the connections of a simulation, as `listener` takes those of a network.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use http::Request;
use tokio::io::DuplexStream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_util::task::TaskTracker;
use tower::Service;

use super::network::{Link, LinkPlan, ServerEnd};
use super::watched::Outermost;
use super::world::World;
use crate::connection::{Connections, RequestBody};
use crate::entrance::Entrance;
use crate::layers::answer_body::Answer;
use crate::memory::{Budget, CONNECTION_BYTES};
use crate::metrics::ConnectionCounts;
use crate::shutdown::Phases;

/// A connection that has come to the port.
type Newcomer = (ServerEnd, SocketAddr);

/// Where clients connect.
#[derive(Clone)]
pub(super) struct Port {
    newcomers: mpsc::UnboundedSender<Newcomer>,
    world: World,
}

/// See the module.
pub(super) struct Acceptor {
    accepted: mpsc::UnboundedReceiver<Newcomer>,
    entrance: Entrance<Newcomer>,
    memory: Budget,
    counts: Arc<ConnectionCounts>,
    connections: TaskTracker,
    world: World,
}

impl Port {
    /// Connects the client of this number, if the server still listens.
    pub(super) fn connect(
        &self,
        client: usize,
        link: &Link,
        plan: LinkPlan,
    ) -> Option<DuplexStream> {
        let (client_end, server_end) = link.clone().connect(plan, &self.world);
        let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, client as u16 + 1));
        self.newcomers.send((server_end, peer)).ok().map(|()| client_end)
    }
}

impl Acceptor {
    /// One of `max_connections`, each of which has its part of `memory` and is tracked.
    pub(super) fn new(
        max_connections: usize,
        memory: &Budget,
        counts: &Arc<ConnectionCounts>,
        connections: &TaskTracker,
        world: &World,
    ) -> (Port, Self) {
        let (newcomers, accepted) = mpsc::unbounded_channel();
        let acceptor = Self {
            accepted,
            entrance: Entrance::new(max_connections, Arc::clone(counts)),
            memory: memory.clone(),
            counts: Arc::clone(counts),
            connections: connections.clone(),
            world: world.clone(),
        };
        (Port { newcomers, world: world.clone() }, acceptor)
    }

    /// Takes connections until the shutdown, and those then that have come already.
    pub(super) async fn run<S>(mut self, served_by: Connections<Outermost<S>>, phases: Phases)
    where
        S: Service<Request<RequestBody>, Response = Answer, Error = Infallible>,
        S: Clone + Send + 'static,
        S::Future: Send + 'static,
    {
        loop {
            let newcomer = tokio::select! {
                biased;
                () = phases.draining.cancelled() => break,
                entered = self.entrance.entered() => {
                    self.deal(entered, &served_by);
                    continue;
                }
                newcomer = self.accepted.recv() => newcomer,
            };
            let Some(newcomer) = newcomer else { break };
            self.counts.accept();
            if let Some(entered) = self.entrance.enter(newcomer) {
                self.deal(entered, &served_by);
            }
        }
        self.accepted.close();
        while let Ok(newcomer) = self.accepted.try_recv() {
            self.counts.accept();
            if let Some(entered) = self.entrance.enter_if_free(newcomer) {
                self.deal(entered, &served_by);
            }
        }
    }

    fn deal<S>(
        &self,
        ((io, peer), place): (Newcomer, OwnedSemaphorePermit),
        served_by: &Connections<Outermost<S>>,
    ) where
        S: Service<Request<RequestBody>, Response = Answer, Error = Infallible>,
        S: Clone + Send + 'static,
        S::Future: Send + 'static,
    {
        let candidate = self.entrance.candidate();
        let memory = self.memory.take(CONNECTION_BYTES);
        let (served_by, world) = (served_by.clone(), self.world.clone());
        let served = self.connections.track_future(async move {
            let _held = (place, memory);
            served_by.serve_plaintext(io, peer, candidate).await;
            world.notes(format_args!("the connection of {} ends", peer.port() - 1));
        });
        self.world.spawn(served);
    }
}
