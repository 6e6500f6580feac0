//! A connection under load: its streams, and what happens when it breaks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::client::SendRequest;
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::call::{self, Fault};
use super::connect::connect;
use super::gate::{Gate, Slot};
use super::tally::Times;
use super::worker::Worker;

/// Attempts to connect again, without an answer in between, after which a
/// connection is given up.
const ATTEMPTS: u32 = 5;
/// Wait before the first of these; each next one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// How a stream has ended.
enum End {
    /// There are no more calls.
    Finished,
    /// The connection is lost.
    Lost {
        /// The call that was let through and could not be sent.
        unsent: Option<Slot>,
        /// Whether any call on this connection was answered.
        answered: bool,
    },
}

/// Calls on all streams until there are no more calls, and connects again if the
/// connection breaks, up to [`ATTEMPTS`] times in a row. `first` is the place of
/// the first stream among all.
pub(super) async fn run(
    worker: Arc<Worker>,
    gate: Arc<Gate>,
    mut requests: SendRequest<Bytes>,
    first: usize,
) {
    let mut unsent: Vec<Option<Slot>> = vec![None; worker.streams];
    let mut attempts = 0;
    loop {
        let mut streams = JoinSet::new();
        let lost = CancellationToken::new();
        for (index, slot) in unsent.drain(..).enumerate() {
            let stream = Stream {
                worker: Arc::clone(&worker),
                gate: Arc::clone(&gate),
                requests: requests.clone(),
                lost: lost.clone(),
                first_call: gate.first_call(first + index, worker.all_streams),
                answered: false,
            };
            streams.spawn(stream.run(slot));
        }
        drop(requests);
        let mut finished = false;
        while let Some(end) = streams.join_next().await {
            match end {
                Ok(End::Lost { unsent: slot, answered }) => {
                    // Who waits for a call to be due need not wait here.
                    lost.cancel();
                    unsent.push(slot);
                    attempts = if answered { 0 } else { attempts };
                }
                Ok(End::Finished) | Err(_) => finished = true,
            }
        }
        // The others would have finished too, had they not been lost just before.
        if finished {
            return;
        }
        match reconnect(&worker, &mut attempts).await {
            Some(new) => requests = new,
            None => return,
        }
    }
}

async fn reconnect(worker: &Worker, attempts: &mut u32) -> Option<SendRequest<Bytes>> {
    while *attempts < ATTEMPTS {
        sleep(FIRST_WAIT * 2_u32.pow(*attempts)).await;
        *attempts += 1;
        if let Ok(requests) = connect(&worker.endpoint, worker.streams, worker.timeout).await {
            worker.with_tally(|tally| tally.reconnects += 1);
            return Some(requests);
        }
    }
    worker.with_tally(|tally| tally.given_up += 1);
    None
}

/// A stream of calls, one after the other.
struct Stream {
    worker: Arc<Worker>,
    gate: Arc<Gate>,
    requests: SendRequest<Bytes>,
    /// Whether another stream has found the connection lost.
    lost: CancellationToken,
    first_call: Instant,
    answered: bool,
}

impl Stream {
    /// Calls until there are no more calls, or the connection is lost. `unsent` is
    /// a call to begin with.
    async fn run(mut self, mut unsent: Option<Slot>) -> End {
        if self.first_call > Instant::now() {
            tokio::select! {
                () = sleep_until(self.first_call.into()) => {}
                () = self.lost.cancelled() => return self.is_lost(unsent),
            }
        }
        loop {
            let slot = if let Some(slot) = unsent.take() {
                slot
            } else {
                tokio::select! {
                    biased;
                    slot = self.gate.slot() => match slot {
                        Some(slot) => slot,
                        None => return End::Finished,
                    },
                    () = self.lost.cancelled() => return self.is_lost(None),
                }
            };
            if let Err(end) = self.call(slot).await {
                return end;
            }
        }
    }

    /// Makes a call and counts it.
    async fn call(&mut self, slot: Slot) -> Result<(), End> {
        let Self { worker, requests, .. } = self;
        let mut start = Instant::now();
        let attempt = async {
            call::ready(requests).await.map_err(|_| None)?;
            start = Instant::now();
            let (request, message) = worker.begin(start);
            call::call(requests, request, message).await.map_err(Some)
        };
        let outcome = match timeout(worker.timeout, attempt).await {
            Ok(Err(None)) => return Err(self.is_lost(Some(slot))),
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Some(fault))) => Err(fault),
            Err(_) => Err(Fault::Timeout),
        };
        let times = Times { due: slot.due, start, end: Instant::now() };
        self.worker.end(outcome, times, &self.gate);
        match outcome {
            Err(Fault::Connection) => return Err(self.is_lost(None)),
            Err(Fault::Timeout) => {}
            Ok(_) | Err(_) => self.answered = true,
        }
        Ok(())
    }

    fn is_lost(&self, unsent: Option<Slot>) -> End {
        End::Lost { unsent, answered: self.answered }
    }
}
