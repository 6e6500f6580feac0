//! A thread with its share of the connections. Nothing of a call is shared with
//! other threads but the [`Gate`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use conformance_wire::Endpoint;
use http::Request;

use super::call::{Answer, Fault};
use super::gate::Gate;
use super::messages::Messages;
use super::tally::{Tally, Times};
use super::template::Template;

/// What a thread's streams have in common.
#[derive(Debug)]
pub(super) struct Worker {
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

impl Worker {
    /// The worker with the connections `from` up to `to` of `all`, of `streams`
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
}

/// The counts of all threads.
pub(super) fn total(workers: &[Arc<Worker>]) -> Tally {
    let mut total = Tally::new();
    for worker in workers {
        worker.with_tally(|tally| total.add(tally));
    }
    total
}
