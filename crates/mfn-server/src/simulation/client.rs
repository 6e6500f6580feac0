//! A client, which does what its plan says: well or badly.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use h2::client::SendRequest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::acceptor::Port;
use super::call::Outcome;
use super::client_plan::{ClientKind, ClientPlan, Leaves};
use super::ledger::Ledger;
use super::link::Link;
use super::world::World;

/// The preface of HTTP/2.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The longest that anything of a client may last: longer than every limit of the server.
pub(super) const LONGEST: Duration = Duration::from_secs(400);

/// One connection.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) number: usize,
    pub(super) plan: Arc<ClientPlan>,
    pub(super) ledger: Ledger,
    pub(super) world: World,
    /// The right time when the simulation began, and when that was.
    pub(super) right_time: (SystemTime, Instant),
    /// When it has signed all its calls, if it does so once.
    pub(super) has_signed_at: Option<SystemTime>,
}

impl Client {
    /// Does all of its plan.
    pub(super) async fn run(mut self, port: Port) {
        sleep(self.plan.begins).await;
        self.has_signed_at = self.plan.signs_once.then(|| self.now());
        let link = Link::default();
        let Some(io) = self.connect(&port, &link) else { return };
        match self.plan.kind {
            ClientKind::Honest => self.call_all(io, &link).await,
            ClientKind::Web => self.call_all_by_web(&port, io, link).await,
            ClientKind::SilentAfter(bytes) => self.says(io, &link, &PREFACE[..bytes]).await,
            ClientKind::Garbage => self.says(io, &link, &[&PREFACE[..], &[7; 100]].concat()).await,
        }
    }

    /// Connects, if there is a server.
    pub(super) fn connect(&self, port: &Port, link: &Link) -> Option<DuplexStream> {
        let io = port.connect(self.number, link, self.plan.link);
        let does = if io.is_some() { "connects" } else { "finds nobody" };
        self.world.notes(format_args!("{} {does}", self.number));
        io
    }

    /// The right time.
    pub(super) fn now(&self) -> SystemTime {
        let (time, at) = self.right_time;
        time + at.elapsed()
    }

    /// Says no more than this, and waits for the end.
    async fn says(&self, mut io: DuplexStream, link: &Link, bytes: &[u8]) {
        self.world.injects("client: does not speak HTTP/2 to its end");
        io.write_all(bytes).await.ok();
        let mut answer = Vec::new();
        let is_closed = timeout(LONGEST, io.read_to_end(&mut answer)).await.is_ok();
        if !is_closed && !link.has_failed() {
            self.world.violated(format_args!("{} is not closed, and says nothing", self.number));
        }
    }

    async fn call_all(&self, io: DuplexStream, link: &Link) {
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(self.plan.window);
        let handshake = builder.handshake::<_, Bytes>(io);
        let Ok(Ok((requests, connection))) = timeout(LONGEST, handshake).await else {
            return self.world.notes(format_args!("{} has no connection", self.number));
        };
        let connection = self.world.spawn(async move { connection.await.err() });
        let mut first = 0;
        let mut chains = Vec::new();
        for chain in self.plan.calls.chunk_by(|_, call| call.follows) {
            let calls = first..first + chain.len();
            first = calls.end;
            let calls = self.clone().call_in_turn(calls, requests.clone(), link.clone());
            chains.push(self.world.spawn(calls));
        }
        for chain in chains {
            chain.await.expect("no panic");
        }
        self.leave(connection, requests, link).await;
    }

    /// Leaves as it is planned, when nothing holds the connection but `requests`.
    pub(super) async fn leave<E, R>(
        &self,
        connection: JoinHandle<Option<E>>,
        requests: R,
        link: &Link,
    ) {
        match self.plan.leaves {
            Leaves::Closes => {}
            Leaves::ClosesLater(time) => sleep(time).await,
            Leaves::Vanishes => {
                self.world.injects("client: vanishes");
                link.vanish();
                connection.abort();
            }
        }
        drop(requests);
        timeout(LONGEST, connection).await.ok();
        self.world.notes(format_args!("{} leaves", self.number));
    }

    /// Makes these calls, one after the other.
    async fn call_in_turn(self, calls: Range<usize>, requests: SendRequest<Bytes>, link: Link) {
        for call in calls {
            self.call(call, requests.clone(), &link).await;
        }
    }

    async fn call(&self, number: usize, requests: SendRequest<Bytes>, link: &Link) {
        let id = format!("{}-{number}", self.number);
        let plan = &self.plan.calls[number];
        sleep(plan.begins).await;
        self.ledger.plans(&id, plan);
        self.end_of(&id, self.make(&id, plan, requests), link).await;
    }

    /// Waits for the end of this `call`, and tells it.
    pub(super) async fn end_of(&self, id: &str, call: impl Future<Output = Outcome>, link: &Link) {
        let outcome = timeout(LONGEST, call).await;
        let outcome = outcome.unwrap_or_else(|_elapsed| {
            if !link.has_failed() {
                self.world.violated(format_args!("{id} has no end"));
            }
            Outcome::Left
        });
        self.ledger.is_over(id, outcome, link.state());
    }
}
