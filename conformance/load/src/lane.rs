//! A thread with its share of the connections. Nothing of a call is shared with
//! other threads but the [`Gate`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use conformance_wire::Endpoint;
use h2::client::SendRequest;
use http::Request;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::call::{Answer, Fault};
use super::connect::{ConnectError, connect};
use super::connection;
use super::gate::Gate;
use super::messages::Messages;
use super::tally::{Tally, Times};
use super::template::Template;

/// What a thread's streams have in common.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) endpoint: Endpoint,
    pub(super) connections: usize,
    /// Calls at once on a connection.
    pub(super) streams: usize,
    /// Place of the first stream among those of all threads.
    pub(super) first_stream: usize,
    /// Streams of all threads.
    pub(super) all_streams: usize,
    /// How long a call, or a connection, may take.
    pub(super) timeout: Duration,
    pub(super) messages: Arc<Messages>,
    state: Mutex<State>,
}

/// The lock is taken by this thread's streams, one after the other, and at times
/// by who shows the progress.
#[derive(Debug)]
struct State {
    tally: Tally,
    template: Template,
}

/// What tells a thread to begin and to stop.
#[derive(Clone, Debug)]
pub(super) struct Signals {
    /// Takes whether all connections of a thread are made; closed when it ends.
    pub(super) connected: mpsc::UnboundedSender<Result<(), ConnectError>>,
    /// Has the gate once all threads are connected.
    pub(super) gate: watch::Receiver<Option<Arc<Gate>>>,
    /// Cuts off what is under way.
    pub(super) stop: CancellationToken,
}

impl Lane {
    /// The lane with the connections `from` up to `to` of `all`, of `streams`
    /// calls each.
    pub(super) fn new(
        endpoint: &Endpoint,
        (from, to, all): (usize, usize, usize),
        streams: usize,
        timeout: Duration,
        messages: &Arc<Messages>,
        template: &Template,
    ) -> Self {
        Self {
            endpoint: endpoint.clone(),
            connections: to - from,
            streams,
            first_stream: from * streams,
            all_streams: all * streams,
            timeout,
            messages: Arc::clone(messages),
            state: Mutex::new(State { tally: Tally::new(), template: template.clone() }),
        }
    }

    /// The next call's request.
    pub(super) fn begin(&self, now: Instant) -> (Request<()>, Bytes) {
        let mut state = self.state();
        state.tally.begun += 1;
        (state.template.request(now), self.messages.next())
    }

    /// Counts a call.
    pub(super) fn end(&self, outcome: Result<Answer, Fault>, times: Times, gate: &Gate) {
        self.state().tally.record(outcome, times, gate.counted_from());
    }

    /// Looks at, or changes, what is counted.
    pub(super) fn with_tally<T>(&self, look: impl FnOnce(&mut Tally) -> T) -> T {
        look(&mut self.state().tally)
    }

    /// Counts stay right where a thread has panicked in between.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects, waits for the gate, and calls until there are no more calls.
    pub(super) async fn run(self: Arc<Self>, mut signals: Signals) {
        let connected = self.connect().await;
        let connected = match connected {
            Ok(connected) => connected,
            Err(error) => {
                signals.connected.send(Err(error)).ok();
                return;
            }
        };
        signals.connected.send(Ok(())).ok();
        let Ok(gate) = signals.gate.wait_for(Option::is_some).await.map(|gate| gate.clone()) else {
            return;
        };
        let Some(gate) = gate else { return };
        let mut connections = JoinSet::new();
        for (index, requests) in connected.into_iter().enumerate() {
            let first_stream = self.first_stream + index * self.streams;
            let lane = Arc::clone(&self);
            connections.spawn(connection::run(lane, Arc::clone(&gate), requests, first_stream));
        }
        let all = async { while connections.join_next().await.is_some() {} };
        tokio::select! {
            () = all => {}
            () = signals.stop.cancelled() => {}
        }
    }

    async fn connect(&self) -> Result<Vec<SendRequest<Bytes>>, ConnectError> {
        let mut connected = Vec::with_capacity(self.connections);
        for _ in 0..self.connections {
            connected.push(connect(&self.endpoint, self.streams, self.timeout).await?);
        }
        Ok(connected)
    }
}
