//! Which of the jobs that wait is to run next.
//!
//! Among tenants it is one of the tenant that has used the least time of workers
//! (fair queueing; Demers, Keshav and Shenker, SIGCOMM 1989), of those that have
//! not got their share of the workers if there are such. Among the jobs of one
//! tenant, see `tenant_jobs`.
//!
//! Nothing here waits or looks at a clock: the time is an argument.

mod job;
mod job_queue;
mod tenant_jobs;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use crate::error::QueueFull;
use crate::memory::Budget;
use crate::tenant::Tenant;
use tenant_jobs::{TenantJobs, TenantPosition};

pub(super) use job::{Job, Request};

/// Bounds of the time that a refused caller is asked to wait.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// What a schedule is bound by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Calls of one tenant that are computed at once; more of them wait.
    pub(super) workers: usize,
    /// Jobs that run at once.
    pub(super) slots: usize,
    /// Calls that wait.
    pub(super) depth: usize,
}

/// All jobs that wait, and who has those that run.
#[derive(Debug)]
pub(super) struct Schedule<W> {
    bounds: Bounds,
    tenants: HashMap<Tenant, TenantJobs<W>>,
    /// Those with a job that could run, by the time that they have used.
    ranking: BTreeSet<Rank>,
    /// What whoever was served last had used before. A tenant that comes counts as
    /// having used as much, or it would be served alone until it has.
    used: Duration,
    /// Calls that wait, and tenants that they are of.
    waiting_calls: usize,
    waiting_tenants: usize,
}

/// Where a waiting job is.
#[derive(Debug)]
pub(super) struct Position {
    tenant: Tenant,
    of_tenant: TenantPosition,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    used: Duration,
    tenant: Tenant,
}

impl<W> Schedule<W> {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            tenants: HashMap::new(),
            ranking: BTreeSet::new(),
            used: Duration::ZERO,
            waiting_calls: 0,
            waiting_tenants: 0,
        }
    }

    /// Whether no job could run, even if there were a worker for it.
    pub(super) fn is_idle(&self) -> bool {
        self.ranking.is_empty()
    }

    /// How many calls wait, and how many may.
    pub(super) fn waiting_calls(&self) -> (usize, usize) {
        (self.waiting_calls, self.bounds.depth)
    }

    /// How many jobs wait for memory to start with.
    pub(super) fn waiting_for_memory(&self) -> usize {
        self.tenants.values().map(TenantJobs::waiting_for_memory).sum()
    }

    /// Whether one more call of `tenant` may come. While the queue is full, it may
    /// if fewer of its calls wait than its part of the queue, which is shared
    /// evenly by the tenants with calls that wait.
    ///
    /// # Errors
    /// It may not.
    pub(super) fn check(&self, tenant: &Tenant) -> Result<(), QueueFull> {
        let Bounds { workers, depth, .. } = self.bounds;
        let calls = self.tenants.get(tenant).map_or(0, TenantJobs::calls);
        if calls < workers || self.waiting_calls < depth {
            return Ok(());
        }
        let waiting = calls.saturating_sub(workers);
        let tenants = self.waiting_tenants + usize::from(waiting == 0);
        let part = (depth / tenants).max(1).min(depth);
        if waiting < part {
            return Ok(());
        }
        Err(QueueFull { depth, retry_after: self.expected_wait(tenant) })
    }

    /// What `tenant`'s waiting jobs are expected to take, if all tenants that are
    /// served now go on being served alike.
    fn expected_wait(&self, tenant: &Tenant) -> Duration {
        let cost = self.tenants.get(tenant).map_or(Duration::ZERO, TenantJobs::cost);
        let as_u32 = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let wait = cost.saturating_mul(as_u32(self.tenants.len())) / as_u32(self.bounds.slots);
        wait.clamp(SHORTEST_WAIT, LONGEST_WAIT)
    }

    /// Takes a job that is new, or was at rest.
    pub(super) fn enter(&mut self, job: Job<W>, now: Duration) -> Position {
        let used = self.used;
        self.count(&job.request.tenant, |jobs| {
            if jobs.is_idle() {
                jobs.used = jobs.used.max(used);
            }
            jobs.begin(&job);
        });
        self.go_on(job, now)
    }

    /// Takes a job back that has given way to others.
    pub(super) fn go_on(&mut self, job: Job<W>, now: Duration) -> Position {
        let tenant = job.request.tenant.clone();
        let of_tenant = self.jobs(&tenant).enter(job, now);
        self.takes_turn(&tenant);
        Position { tenant, of_tenant }
    }

    /// Gives up the job at `position`.
    pub(super) fn leave(&mut self, position: Position) -> Option<Job<W>> {
        let Position { tenant, of_tenant } = position;
        let jobs = self.tenants.get_mut(&tenant)?;
        let job = jobs.leave(of_tenant)?;
        if jobs.is_idle() {
            let used = jobs.used;
            self.ranking.remove(&Rank { used, tenant });
        }
        self.rest(&job);
        Some(job)
    }

    /// Takes the job that is to run at the time `now`, with its memory.
    pub(super) fn next(&mut self, now: Duration, memory: &Budget) -> Option<Job<W>> {
        loop {
            let has_share = |rank: &&Rank| {
                self.tenants.get(&rank.tenant).is_some_and(|jobs| jobs.running < jobs.share)
            };
            let first = self.ranking.iter().find(has_share).or_else(|| self.ranking.first())?;
            let rank = first.clone();
            let workers = self.bounds.workers;
            let jobs = self.jobs(&rank.tenant);
            let job = jobs.next(now, memory, workers);
            jobs.running += usize::from(job.is_some());
            // Without memory for any of its jobs a tenant is out until something
            // changes.
            if job.is_none() || jobs.is_idle() {
                self.ranking.remove(&rank);
            }
            if job.is_some() {
                self.used = self.used.max(rank.used);
                return job;
            }
        }
    }

    /// `job` has run for so long.
    pub(super) fn ran(&mut self, job: &mut Job<W>, took: Duration) {
        job.ran += took;
        job.cost = job.cost.saturating_sub(took);
        let tenant = &job.request.tenant;
        let jobs = self.jobs(tenant);
        jobs.running -= 1;
        let before = jobs.used;
        jobs.used += took;
        self.ranking.remove(&Rank { used: before, tenant: tenant.clone() });
        self.takes_turn(tenant);
    }

    /// `job` is not to run until it enters again, or never.
    pub(super) fn rest(&mut self, job: &Job<W>) {
        let tenant = &job.request.tenant;
        self.count(tenant, |jobs| jobs.end(job));
        if self.jobs(tenant).calls() == 0 {
            self.tenants.remove(tenant);
        } else {
            self.takes_turn(tenant);
        }
    }

    /// There may be room in memory that there was not before.
    pub(super) fn memory_was_freed(&mut self) {
        let tenants: Vec<_> = self.tenants.keys().cloned().collect();
        for tenant in &tenants {
            self.takes_turn(tenant);
        }
    }

    fn jobs(&mut self, tenant: &Tenant) -> &mut TenantJobs<W> {
        let Self { tenants, used, .. } = self;
        tenants.entry(tenant.clone()).or_insert_with(|| TenantJobs::new(*used))
    }

    /// `tenant` is among those that are served, if one of its jobs waits.
    fn takes_turn(&mut self, tenant: &Tenant) {
        let jobs = self.jobs(tenant);
        if !jobs.is_idle() {
            let used = jobs.used;
            self.ranking.insert(Rank { used, tenant: tenant.clone() });
        }
    }

    /// Does what may change how many calls of `tenant` there are.
    fn count(&mut self, tenant: &Tenant, change: impl FnOnce(&mut TenantJobs<W>)) {
        let workers = self.bounds.workers;
        let jobs = self.jobs(tenant);
        let before = jobs.calls().saturating_sub(workers);
        change(jobs);
        let after = jobs.calls().saturating_sub(workers);
        self.waiting_calls = self.waiting_calls + after - before;
        self.waiting_tenants =
            self.waiting_tenants + usize::from(after > 0) - usize::from(before > 0);
    }
}
