//! All computations that have not ended, and where each is: in the schedule, with a
//! thread, or at rest.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::answers::SendAnswer;
use super::schedule::{Bounds, Job, Position, Schedule};
use super::task::Task;
use crate::error::QueueFull;
use crate::memory::{Budget, Reservation};
use crate::tenant::Tenant;

/// What a computation does, and the answer that it leaves to be sent, if it has not
/// sent what it made itself.
pub(super) type Work = Pin<Box<dyn Future<Output = Option<SendAnswer>> + Send>>;

/// A computation, with what it shares with others.
pub(super) struct Computation {
    pub(super) task: Arc<Task>,
    pub(super) work: Work,
}

impl Computation {
    /// Polls it from `now` on, with the `memory` that it starts with.
    pub(super) fn poll(
        &mut self,
        now: Duration,
        memory: Option<Reservation>,
    ) -> Poll<Option<SendAnswer>> {
        let Self { task, work } = self;
        task.begin(now, memory);
        let waker = Waker::from(Arc::clone(task));
        let mut context = Context::from_waker(&waker);
        // Whoever waits for it learns of a panic by its channel.
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(&mut context)))
            .unwrap_or(Poll::Ready(None))
    }
}

/// See the module. Nothing here drops a computation, which may take long.
pub(super) struct Jobs {
    schedule: Schedule<Computation>,
    by_number: HashMap<u64, JobState>,
    running: usize,
    slots: usize,
}

/// How much there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    /// Computations that run.
    pub(crate) running: usize,
    /// How many may.
    pub(crate) slots: usize,
    /// Calls that wait for a thread.
    pub(crate) waiting: usize,
    /// How many may.
    pub(crate) depth: usize,
    /// Computations that wait for memory to start with.
    pub(crate) waiting_for_memory: usize,
}

enum JobState {
    /// In the schedule.
    Waiting(Position),
    /// With a thread.
    Running { is_woken: bool, is_stopped: bool },
    /// Until it is woken.
    Resting(Box<Job<Computation>>),
}

impl Jobs {
    pub(super) fn new(bounds: Bounds) -> Self {
        let schedule = Schedule::new(bounds);
        Self { schedule, by_number: HashMap::new(), running: 0, slots: bounds.slots }
    }

    /// How much there is to do now.
    pub(crate) fn load(&self) -> Load {
        let (waiting, depth) = self.schedule.waiting_calls();
        let waiting_for_memory = self.schedule.waiting_for_memory();
        Load { running: self.running, slots: self.slots, waiting, depth, waiting_for_memory }
    }

    /// Whether one more call of `tenant` may come.
    ///
    /// # Errors
    /// It may not.
    pub(super) fn check(&self, tenant: &Tenant) -> Result<(), QueueFull> {
        self.schedule.check(tenant)
    }

    /// Whether some computation could run, if a slot were free.
    pub(super) fn someone_waits(&self) -> bool {
        !self.schedule.is_idle()
    }

    /// Whether no more run than may.
    pub(super) fn has_free_slot(&self) -> bool {
        self.running < self.slots
    }

    /// Has a job that is new wait for a thread.
    pub(super) fn enter(&mut self, job: Job<Computation>, now: Duration) {
        let number = job.number;
        let position = self.schedule.enter(job, now);
        self.by_number.insert(number, JobState::Waiting(position));
    }

    /// Gives a job to a thread, if one is to run.
    pub(super) fn next(&mut self, now: Duration, memory: &Budget) -> Option<Job<Computation>> {
        if !self.has_free_slot() {
            return None;
        }
        let job = self.schedule.next(now, memory)?;
        self.running += 1;
        let running = JobState::Running { is_woken: false, is_stopped: false };
        self.by_number.insert(job.number, running);
        Some(job)
    }

    /// Takes a job back from a thread; returns it if it has ended.
    pub(super) fn put_back(
        &mut self,
        mut job: Job<Computation>,
        has_ended: bool,
        now: Duration,
    ) -> Option<Job<Computation>> {
        let task = Arc::clone(&job.work.task);
        self.running -= 1;
        self.schedule.ran(&mut job, now.saturating_sub(task.slice_begun()));
        let (is_woken, is_stopped) = match self.by_number.remove(&job.number) {
            Some(JobState::Running { is_woken, is_stopped }) => (is_woken, is_stopped),
            // Nobody but the thread that has it takes it out.
            _ => (false, false),
        };
        let number = job.number;
        if has_ended || is_stopped {
            task.set_ended();
            self.schedule.rest(&job);
            return Some(job);
        }
        let state = if is_woken || task.has_given_way() {
            JobState::Waiting(self.schedule.go_on(job, now))
        } else {
            self.schedule.rest(&job);
            JobState::Resting(Box::new(job))
        };
        self.by_number.insert(number, state);
        None
    }

    /// What the job of this `number` waits for is there. Returns whether it waits for
    /// a thread now.
    pub(super) fn wake(&mut self, number: u64, now: Duration) -> bool {
        match self.by_number.remove(&number) {
            Some(JobState::Resting(job)) => {
                self.enter(*job, now);
                return true;
            }
            Some(JobState::Running { is_stopped, .. }) => {
                let running = JobState::Running { is_woken: true, is_stopped };
                self.by_number.insert(number, running);
            }
            Some(waiting) => {
                self.by_number.insert(number, waiting);
            }
            None => {}
        }
        false
    }

    /// The job of this `number` is not to run on. It is returned, unless a thread has
    /// it, which then ends it.
    pub(super) fn stop(&mut self, number: u64) -> Option<Box<Job<Computation>>> {
        match self.by_number.remove(&number)? {
            JobState::Waiting(position) => self.schedule.leave(position).map(Box::new),
            JobState::Resting(job) => Some(job),
            JobState::Running { is_woken, .. } => {
                let running = JobState::Running { is_woken, is_stopped: true };
                self.by_number.insert(number, running);
                None
            }
        }
    }

    /// There may be room in memory that there was not before.
    pub(super) fn memory_was_freed(&mut self) {
        self.schedule.memory_was_freed();
    }
}
