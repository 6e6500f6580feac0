//! A test bench of a schedule: jobs run when a test says so, and for as long.

use mfn_access::KeyId;

use super::*;
use crate::memory::SMALL_BYTES;

/// A schedule with a clock and a budget.
pub(super) struct Bench {
    pub(super) schedule: Schedule<()>,
    pub(super) memory: Budget,
    pub(super) now: Duration,
    pub(super) numbers: u64,
}

impl Bench {
    pub(super) fn new(bounds: Bounds) -> Self {
        let memory = Budget::new(100 * SMALL_BYTES);
        Self { schedule: Schedule::new(bounds), memory, now: Duration::ZERO, numbers: 0 }
    }

    pub(super) fn request(&mut self, name: &str, cost: Duration) -> Request {
        self.numbers += 1;
        Request {
            tenant: tenant(name),
            share: 1,
            call: self.numbers,
            since: self.now,
            call_cost: cost,
            cost,
            bytes: 0,
        }
    }

    /// A new job of a call of its own, by its number.
    pub(super) fn enter(&mut self, name: &str, cost: Duration) -> u64 {
        let request = self.request(name, cost);
        self.enter_as(request)
    }

    pub(super) fn enter_as(&mut self, request: Request) -> u64 {
        self.numbers += 1;
        self.schedule.enter(Job::new(self.numbers, request, ()), self.now);
        self.numbers
    }

    pub(super) fn next(&mut self) -> Option<Job<()>> {
        self.schedule.next(self.now, &self.memory)
    }

    /// Has the next job run for so long, and go on later.
    pub(super) fn run(&mut self, took: Duration) -> Option<u64> {
        let mut job = self.next()?;
        let number = job.number;
        self.now += took;
        self.schedule.ran(&mut job, took);
        self.schedule.go_on(job, self.now);
        Some(number)
    }

    /// Has the next job run to its end.
    pub(super) fn finish(&mut self, took: Duration) -> Option<u64> {
        let mut job = self.next()?;
        self.now += took;
        self.end(&mut job, took);
        Some(job.number)
    }

    pub(super) fn end(&mut self, job: &mut Job<()>, took: Duration) {
        self.schedule.ran(job, took);
        self.schedule.rest(job);
    }
}

pub(super) fn tenant(name: &str) -> Tenant {
    Tenant::Key(KeyId::new(name).expect("an id"))
}
