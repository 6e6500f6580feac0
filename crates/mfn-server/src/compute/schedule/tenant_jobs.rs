//! The jobs of one tenant.
//!
//! Short ones go first, as they came. Long ones are served in turn, a quantum of
//! time each, and get at least a slice of a worker now and then however many short
//! ones there are (a multilevel feedback queue; Corbato, Merwin-Daggett and Daley,
//! AFIPS 1962). No more long calls are begun than there are workers: the rest
//! waits, and so holds nothing.

use std::collections::HashMap;
use std::time::Duration;

use super::job::Job;
use super::job_queue::{JobQueue, Lack, QueuePosition};
use crate::memory::Budget;

/// Long jobs that have waited for so long go before short ones once.
const LONG_WAIT: Duration = Duration::from_millis(20);
/// A long job that has run for so long lets the others of its tenant go first.
const QUANTUM: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(super) struct TenantJobs<W> {
    /// Time of workers that it has used.
    pub(super) used: Duration,
    /// Workers that it has now.
    pub(super) running: usize,
    /// Workers that it may have while others wait.
    pub(super) share: usize,
    short: JobQueue<W>,
    long: JobQueue<W>,
    /// When a long job last ran, or the first one came.
    long_ran: Duration,
    /// What those that wait are expected to take.
    cost: Duration,
    /// Those with jobs that wait or run.
    calls: HashMap<u64, Call>,
    started_calls: usize,
}

#[derive(Debug, Default)]
struct Call {
    jobs: usize,
    has_started: bool,
}

/// Where a waiting job is.
#[derive(Clone, Copy, Debug)]
pub(super) struct TenantPosition {
    is_long: bool,
    in_queue: QueuePosition,
}

impl<W> TenantJobs<W> {
    /// No jobs, of a tenant that counts as having `used` so much.
    pub(super) fn new(used: Duration) -> Self {
        Self {
            used,
            running: 0,
            share: 1,
            short: JobQueue::new(),
            long: JobQueue::new(),
            long_ran: Duration::ZERO,
            cost: Duration::ZERO,
            calls: HashMap::new(),
            started_calls: 0,
        }
    }

    /// How many calls have jobs that wait or run.
    pub(super) fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Whether no job waits.
    pub(super) fn is_idle(&self) -> bool {
        self.short.is_empty() && self.long.is_empty()
    }

    /// How many jobs wait for memory.
    pub(super) fn waiting_for_memory(&self) -> usize {
        self.short.waiting_for_memory() + self.long.waiting_for_memory()
    }

    /// What its waiting jobs are expected to take.
    pub(super) fn cost(&self) -> Duration {
        self.cost
    }

    /// From now on `job` is to run.
    pub(super) fn begin(&mut self, job: &Job<W>) {
        let call = self.calls.entry(job.request.call).or_default();
        call.jobs += 1;
        if job.has_started && !call.has_started {
            call.has_started = true;
            self.started_calls += 1;
        }
    }

    /// From now on `job` is not to run.
    pub(super) fn end(&mut self, job: &Job<W>) {
        let Some(call) = self.calls.get_mut(&job.request.call) else { return };
        call.jobs -= 1;
        if call.jobs == 0 {
            self.started_calls -= usize::from(call.has_started);
            self.calls.remove(&job.request.call);
        }
    }

    pub(super) fn enter(&mut self, mut job: Job<W>, now: Duration) -> TenantPosition {
        self.share = job.request.share;
        if job.ran >= QUANTUM {
            job.ran = Duration::ZERO;
            job.order.since = now;
        }
        self.cost = self.cost.saturating_add(job.cost);
        let is_long = job.is_long();
        if is_long && self.long.is_empty() {
            self.long_ran = now;
        }
        let queue = if is_long { &mut self.long } else { &mut self.short };
        TenantPosition { is_long, in_queue: queue.enter(job) }
    }

    pub(super) fn leave(
        &mut self,
        TenantPosition { is_long, in_queue }: TenantPosition,
    ) -> Option<Job<W>> {
        let job = if is_long { self.long.leave(in_queue) } else { self.short.leave(in_queue) }?;
        self.cost = self.cost.saturating_sub(job.cost);
        Some(job)
    }

    /// Takes the job that is next at the time `now`, if one can run: when it starts,
    /// it gets memory of the budget, and is one of at most so many `workers`.
    pub(super) fn next(
        &mut self,
        now: Duration,
        memory: &Budget,
        workers: usize,
    ) -> Option<Job<W>> {
        let Self { short, long, calls, started_calls, .. } = self;
        let may_start = |job: &Job<W>| {
            let has_started = calls.get(&job.request.call).is_some_and(|call| call.has_started);
            let has_worker = has_started || !job.is_long() || *started_calls < workers;
            let (tenant, bytes) = (&job.request.tenant, job.request.bytes);
            if !has_worker {
                // Others need not leave room for what would not run.
                memory.forget(tenant, bytes);
                return Err(Lack::Worker);
            }
            memory.reserve(tenant, bytes).ok_or(Lack::Memory)
        };
        let long_is_due = now.saturating_sub(self.long_ran) >= LONG_WAIT;
        let job = if long_is_due {
            long.next(may_start).or_else(|| short.next(may_start))
        } else {
            short.next(may_start).or_else(|| long.next(may_start))
        }?;
        self.cost = self.cost.saturating_sub(job.cost);
        if job.is_long() {
            self.long_ran = now;
        }
        if let Some(call) = calls.get_mut(&job.request.call)
            && !call.has_started
        {
            call.has_started = true;
            *started_calls += 1;
        }
        Some(job)
    }
}
