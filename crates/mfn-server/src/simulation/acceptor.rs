//! The port of a simulation, which the server's own acceptor listens to.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use http::{Request, Response};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use tower::Service;

use super::link::Link;
use super::network::LinkPlan;
use super::sabotage::Sabotage;
use super::server_end::ServerEnd;
use super::world::World;
use crate::connection::{AnswerData, Connections, RequestBody};
use crate::listener::{Accepted, Acceptor, Listener};
use crate::memory::Budget;
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

/// Takes the connections that come to the port.
pub(super) struct SimulatedAcceptor {
    acceptor: Acceptor<mpsc::UnboundedReceiver<Newcomer>>,
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

impl Listener for mpsc::UnboundedReceiver<Newcomer> {
    type Stream = ServerEnd;

    async fn accept(&mut self) -> io::Result<Newcomer> {
        match self.recv().await {
            Some(newcomer) => Ok(newcomer),
            None => pending().await,
        }
    }
}

impl SimulatedAcceptor {
    /// One of `max_connections`, each of which has its part of `memory` and is tracked.
    pub(super) fn new(
        max_connections: usize,
        memory: &Budget,
        counts: &Arc<ConnectionCounts>,
        connections: &TaskTracker,
        world: &World,
    ) -> (Port, Self) {
        let (newcomers, listener) = mpsc::unbounded_channel();
        let acceptor = Acceptor::new(listener, max_connections, memory.clone(), Arc::clone(counts));
        let (connections, world) = (connections.clone(), world.clone());
        (Port { newcomers, world: world.clone() }, Self { acceptor, connections, world })
    }

    /// Takes connections until the shutdown, and those then that have come already.
    pub(super) async fn run<S, R>(
        self,
        served_by: Connections<S>,
        phases: Phases,
        sabotage: Sabotage,
    ) where
        S: Service<Request<RequestBody>, Response = Response<R>, Error = Infallible>,
        S: Clone + Send + 'static,
        S::Future: Send + 'static,
        R: AnswerData,
    {
        let Self { mut acceptor, connections, world } = self;
        let deal = |accepted: Accepted<ServerEnd>| {
            let Accepted { stream, peer, permit, memory, candidate } = accepted;
            stream.link().is_served(candidate.eviction());
            let (served_by, notes) = (served_by.clone(), world.clone());
            world.spawn(connections.track_future(async move {
                let _held = (permit, memory);
                sabotage.connection(served_by.serve_plaintext(stream, peer, candidate)).await;
                notes.notes(format_args!("the connection of {} ends", peer.port() - 1));
            }));
        };
        tokio::select! {
            biased;
            () = phases.draining.cancelled() => {}
            never = acceptor.run(deal) => never,
        }
        acceptor.finish(deal);
    }
}
