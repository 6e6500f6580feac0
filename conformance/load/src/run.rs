//! A run, from the first call to the report.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use conformance_wire::Endpoint;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;

use super::call::{self, Answer, Fault};
use super::connect::{ConnectError, connect};
use super::drive::{Signals, drive};
use super::gate::{Gate, Limit};
use super::messages::Messages;
use super::outcome::{Ending, Outcome};
use super::progress::Progress;
use super::refusal;
use super::template::Template;
use super::worker::{Worker, total};
use crate::Failure;

/// How often the progress is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A run, all of whose values are allowed.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) endpoint: Endpoint,
    pub(super) connections: usize,
    pub(super) streams: usize,
    pub(super) threads: usize,
    pub(super) pace: Pace,
    pub(super) timeout: Duration,
    pub(super) messages: Arc<Messages>,
    pub(super) template: Template,
}

/// When calls begin, and when they end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Calls a second of an open loop.
    pub(super) rate: Option<f64>,
    pub(super) ramp: Duration,
    pub(super) warm_up: Duration,
    pub(super) limit: Limit,
    /// Whether progress is shown, on a terminal.
    pub(super) shows_progress: bool,
}

impl Plan {
    /// Runs it.
    ///
    /// # Errors
    /// The server cannot be reached, or does not answer the first call, or refuses it for good.
    pub(super) fn run(&self) -> Result<Outcome, Failure> {
        self.run_between(|| {})
    }

    /// Runs it, and calls `mark` twice: when all connections are made and no call is,
    /// and when all calls have ended.
    ///
    /// # Errors
    /// The server cannot be reached, or does not answer the first call, or refuses it for good.
    pub(super) fn run_between(&self, mut mark: impl FnMut()) -> Result<Outcome, Failure> {
        let runtime = single_threaded()?;
        let streams_allowed = runtime.block_on(self.try_one_call())?;
        let (connected, mut events) = mpsc::unbounded_channel();
        let (open, gate) = watch::channel(None);
        let stop = CancellationToken::new();
        let signals = Signals { connected, gate, stop: stop.clone() };
        let workers = self.workers();
        let mut threads = Vec::new();
        for worker in &workers {
            threads.push(spawn(worker, signals.clone())?);
        }
        drop(signals);
        for _ in &workers {
            if let Some(Err(error)) = events.blocking_recv() {
                stop.cancel();
                return Err(unreachable(&error));
            }
        }
        mark();
        let gate = self.gate();
        open.send_replace(Some(Arc::clone(&gate)));
        threads.push(spawn_pacer(&gate)?);
        let ending = runtime.block_on(self.watch(&workers, &gate, &mut events));
        gate.close();
        stop.cancel();
        let panicked = threads.into_iter().filter_map(|thread| thread.join().err()).count();
        mark();
        if panicked > 0 {
            return Err(Failure::CouldNotRun(format!(
                "{panicked} threads of the load have panicked"
            )));
        }
        Ok(outcome(&workers, &gate, ending, streams_allowed))
    }

    /// Makes one call, so that a server that is dead or hung, or refuses the key or the
    /// request, is known as such before there is any load. How many streams it allows.
    async fn try_one_call(&self) -> Result<usize, Failure> {
        let connected = connect(&self.endpoint, self.streams, self.timeout).await;
        let mut requests = connected.map_err(|error| unreachable(&error))?;
        let request = self.template.clone().request(Instant::now());
        let first_call = async {
            call::ready(&mut requests).await?;
            call::call_with_status(&mut requests, request, self.messages.next()).await
        };
        let outcome = timeout(self.timeout, first_call).await.unwrap_or(Err(Fault::Timeout));
        let failed = match outcome {
            Ok((Answer { code, .. }, status)) => match refusal::for_good(code, &status) {
                None => return Ok(requests.current_max_send_streams()),
                Some(refusal) => refusal,
            },
            Err(Fault::Timeout) => format!("was not answered within {:?}", self.timeout),
            Err(fault) => format!("failed: {fault}"),
        };
        Err(Failure::CouldNotRun(format!("the first call to {} {failed}", self.endpoint)))
    }

    /// One a thread, with connections dealt evenly.
    fn workers(&self) -> Vec<Arc<Worker>> {
        let (all, threads) = (self.connections, self.threads);
        let workers = (0..threads).map(|index| {
            let share = (index * all / threads, (index + 1) * all / threads, all);
            let Self { endpoint, streams, timeout, messages, template, .. } = self;
            Arc::new(Worker::new(endpoint, share, *streams, *timeout, messages, template))
        });
        workers.collect()
    }

    fn gate(&self) -> Arc<Gate> {
        let Pace { rate, ramp, warm_up, limit, .. } = self.pace;
        Arc::new(Gate::new(Instant::now(), rate, ramp, warm_up, limit))
    }

    /// Waits until all threads have ended, there is no more hope that a call will
    /// be answered, or somebody interrupts.
    async fn watch(
        &self,
        workers: &[Arc<Worker>],
        gate: &Gate,
        events: &mut mpsc::UnboundedReceiver<Result<(), ConnectError>>,
    ) -> Ending {
        let Pace { limit, shows_progress, .. } = self.pace;
        let progress = shows_progress.then(|| Progress::new(limit, gate.counted_from()));
        let mut looks = interval(LOOK_EVERY);
        let interrupted = async {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::pin!(interrupted);
        loop {
            tokio::select! {
                ended = events.recv() => if ended.is_none() {
                    let lost = self.is_given_up(workers);
                    return if lost { Ending::ConnectionsLost } else { Ending::Complete };
                },
                () = &mut interrupted => return Ending::Interrupted,
                _ = looks.tick() => {
                    if self.is_unanswered(workers) {
                        return Ending::Unanswered;
                    }
                    if let Some(progress) = &progress {
                        progress.show(workers);
                    }
                }
            }
        }
    }

    /// Whether as many calls in a row as there are streams have timed out, in each
    /// thread.
    fn is_unanswered(&self, workers: &[Arc<Worker>]) -> bool {
        workers.iter().all(|worker| {
            let streams = (worker.connections * self.streams) as u64;
            worker.with_tally(|tally| tally.unanswered > streams)
        })
    }

    fn is_given_up(&self, workers: &[Arc<Worker>]) -> bool {
        let given_up = workers.iter().map(|worker| worker.with_tally(|tally| tally.given_up));
        given_up.sum::<u64>() >= self.connections as u64
    }
}

fn outcome(
    workers: &[Arc<Worker>],
    gate: &Gate,
    ending: Ending,
    streams_allowed: usize,
) -> Outcome {
    let tally = total(workers);
    let from = gate.counted_from();
    let elapsed = tally.last_end.map_or(Duration::ZERO, |end| end.duration_since(from));
    Outcome { tally, elapsed, ending, not_started: gate.not_started(), streams_allowed }
}

fn unreachable(error: &ConnectError) -> Failure {
    Failure::CouldNotRun(error.to_string())
}

fn spawn(worker: &Arc<Worker>, signals: Signals) -> Result<JoinHandle<()>, Failure> {
    let (worker, runtime) = (Arc::clone(worker), single_threaded()?);
    let thread = thread::Builder::new().name("load".to_owned());
    thread
        .spawn(move || runtime.block_on(drive(worker, signals)))
        .map_err(|error| no_thread(&error))
}

fn spawn_pacer(gate: &Arc<Gate>) -> Result<JoinHandle<()>, Failure> {
    let gate = Arc::clone(gate);
    let thread = thread::Builder::new().name("load-pacer".to_owned());
    thread.spawn(move || gate.pace()).map_err(|error| no_thread(&error))
}

fn single_threaded() -> Result<Runtime, Failure> {
    Builder::new_current_thread().enable_all().build().map_err(|error| no_thread(&error))
}

fn no_thread(error: &std::io::Error) -> Failure {
    Failure::CouldNotRun(format!("cannot start a thread of the load: {error}"))
}
