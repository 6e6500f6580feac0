//! A fixed number of threads, and the computations that take turns on them.
//!
//! A computation is a future. A thread polls it until it gives way to others (see
//! `turn`) or waits for something, as a stream for its reader. What has given way
//! is polled again when it is its turn, what waits when it is woken. So no thread
//! waits for a network, and any number of computations can be under way.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, io};

use super::clock::Clock;
use super::idle_workers::IdleWorkers;
use super::jobs::{Computation, Jobs, Work};
use super::schedule::{Bounds, Job, Request};
use super::task::{Executor, Task, Ticket};
use crate::error::QueueFull;
use crate::memory::Budget;
use crate::thread;

/// How many threads there are, and what may wait for them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolSize {
    /// Threads, and so calls of one tenant that are computed at once.
    pub(crate) workers: NonZero<usize>,
    /// Computations that run at once. More than there are cores would only take
    /// them from each other.
    pub(crate) cores: NonZero<usize>,
    /// Calls that may wait.
    pub(crate) queue_depth: usize,
}

/// Threads that compute. They end with this.
#[derive(Debug)]
pub(super) struct Pool(Arc<Shared>);

/// What the threads, the computations, and those who wait for them share.
pub(super) struct Shared {
    state: Mutex<State>,
    pub(super) idle: IdleWorkers,
    pub(super) memory: Budget,
    slots: usize,
    /// Whether a computation waits that could run, for those that run.
    someone_waits: AtomicBool,
    numbers: AtomicU64,
    clock: Clock,
}

pub(super) struct State {
    pub(super) jobs: Jobs,
    pub(super) has_ended: bool,
}

impl Pool {
    /// Starts the threads. Computations get their memory of a budget.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(super) fn start(size: PoolSize, memory: &Budget) -> io::Result<Self> {
        let pool = Self::new(size, memory, Clock::system());
        for number in 0..size.workers.get() {
            let shared = Arc::clone(&pool.0);
            let work = move || thread::again_after_a_panic(|| shared.work());
            thread::start(&format!("mfn-compute-{number}"), work)?;
        }
        Ok(pool)
    }

    /// A pool that nobody works for yet, and whose time is shared by `clock`.
    pub(super) fn new(size: PoolSize, memory: &Budget, clock: Clock) -> Self {
        let PoolSize { workers, cores, queue_depth: depth } = size;
        let slots = workers.min(cores).get();
        let jobs = Jobs::new(Bounds { workers: workers.get(), slots, depth });
        let state = State { jobs, has_ended: false };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            idle: IdleWorkers::default(),
            memory: memory.clone(),
            slots,
            someone_waits: AtomicBool::new(false),
            numbers: AtomicU64::new(0),
            clock,
        });
        let waiting = Arc::downgrade(&shared);
        memory.on_release(move || {
            waiting.upgrade().inspect(|shared| shared.memory_was_freed());
        });
        Self(shared)
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.0
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // Whoever waits for a computation has a share of this, so there is none.
        self.0.state().has_ended = true;
        self.0.idle.call_all();
    }
}

impl Shared {
    /// How many computations run at once.
    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    /// A number that nothing else has.
    pub(super) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Takes the computation of a call that comes. Dropping the ticket ends it.
    ///
    /// # Errors
    /// As many calls wait as may.
    pub(super) fn submit(
        self: &Arc<Self>,
        request: Request,
        work: impl FnOnce(&Arc<Task>) -> Work,
    ) -> Result<Ticket, QueueFull> {
        let job = self.job(request, work);
        let state = self.state();
        state.jobs.check(&job.request.tenant)?;
        let ticket = Ticket::new(Arc::clone(&job.work.task));
        self.wait_for_turn(state, job);
        Ok(ticket)
    }

    /// Takes a further computation of a call that [`Self::submit`] has taken.
    pub(super) fn add(
        self: &Arc<Self>,
        request: Request,
        work: impl FnOnce(&Arc<Task>) -> Work,
    ) -> Ticket {
        let job = self.job(request, work);
        let ticket = Ticket::new(Arc::clone(&job.work.task));
        self.wait_for_turn(self.state(), job);
        ticket
    }

    fn job(
        self: &Arc<Self>,
        request: Request,
        work: impl FnOnce(&Arc<Task>) -> Work,
    ) -> Job<Computation> {
        let task = Arc::new(Task::new(self.number(), Arc::clone(self) as Arc<dyn Executor>));
        let work = work(&task);
        Job::new(task.number(), request, Computation { task, work })
    }

    fn wait_for_turn(&self, mut state: MutexGuard<'_, State>, job: Job<Computation>) {
        state.jobs.enter(job, self.now());
        self.call_a_thread(state);
    }

    /// A job waits for a thread that did not before.
    fn call_a_thread(&self, state: MutexGuard<'_, State>) {
        self.publish(&state);
        let is_needed = state.jobs.has_free_slot();
        drop(state);
        if is_needed {
            self.idle.call_one();
        }
    }

    fn memory_was_freed(&self) {
        let mut state = self.state();
        state.jobs.memory_was_freed();
        self.publish(&state);
        drop(state);
        self.idle.call_all();
    }

    /// No panic can leave the state half changed.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, state: &State) {
        self.someone_waits.store(state.jobs.someone_waits(), Ordering::Relaxed);
    }
}

impl Executor for Shared {
    fn now(&self) -> Duration {
        self.clock.now()
    }

    fn someone_waits(&self) -> bool {
        self.someone_waits.load(Ordering::Relaxed)
    }

    fn wake(&self, number: u64) {
        let mut state = self.state();
        if state.jobs.wake(number, self.now()) {
            self.call_a_thread(state);
        }
    }

    fn stop(&self, number: u64) {
        let mut state = self.state();
        let job = state.jobs.stop(number);
        self.publish(&state);
        drop(state);
        // This tells others of room, and what it holds may be large: both may take
        // the lock.
        if let Some(job) = &job {
            self.memory.give_up(&job.request.tenant, job.request.bytes);
        }
        drop(job);
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("slots", &self.slots).finish_non_exhaustive()
    }
}
