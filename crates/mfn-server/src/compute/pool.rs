//! A fixed number of threads, and the computations that take turns on them.
//!
//! A computation is a future. A thread polls it until it gives way to others (see
//! `turn`) or waits for something, as a stream for its reader. What has given way
//! is polled again when it is its turn, what waits when it is woken. So no thread
//! waits for a network, and any number of computations can be under way.

use std::collections::HashMap;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use std::{fmt, io};

use super::schedule::{Bounds, Job, Place, QueueFull, Request, Schedule};
use super::task::{Executor, Task, Ticket};
use crate::memory::Budget;
use crate::thread;

/// What a computation does. Its outcome goes by a channel to whoever waits for it.
pub(super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

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
    work_or_end: Condvar,
    memory: Budget,
    slots: usize,
    /// Whether a computation waits that could run, for those that run.
    someone_waits: AtomicBool,
    numbers: AtomicU64,
    start: Instant,
}

struct State {
    schedule: Schedule<Computation>,
    /// All that have not ended, by number.
    jobs: HashMap<u64, Whereabouts>,
    running: usize,
    has_ended: bool,
}

struct Computation {
    task: Arc<Task>,
    work: Work,
}

enum Whereabouts {
    /// In the schedule.
    Waiting(Place),
    /// With a thread.
    Running { is_woken: bool, is_stopped: bool },
    /// Until it is woken.
    Resting(Box<Job<Computation>>),
}

impl Pool {
    /// Starts the threads. Computations get their memory of a budget.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(super) fn start(size: PoolSize, memory: &Budget) -> io::Result<Self> {
        let PoolSize { workers, cores, queue_depth: depth } = size;
        let slots = workers.min(cores).get();
        let schedule = Schedule::new(Bounds { workers: workers.get(), slots, depth });
        let state = State { schedule, jobs: HashMap::new(), running: 0, has_ended: false };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            work_or_end: Condvar::new(),
            memory: memory.clone(),
            slots,
            someone_waits: AtomicBool::new(false),
            numbers: AtomicU64::new(0),
            start: Instant::now(),
        });
        let waiting = Arc::downgrade(&shared);
        memory.on_release(move || {
            waiting.upgrade().inspect(|shared| shared.memory_was_freed());
        });
        let pool = Self(shared);
        for number in 0..workers.get() {
            let shared = Arc::clone(&pool.0);
            let work = move || thread::again_after_a_panic(|| shared.work());
            thread::start(&format!("mfn-compute-{number}"), work)?;
        }
        Ok(pool)
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.0
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // Whoever waits for a computation has a share of this, so there is none.
        self.0.state().has_ended = true;
        self.0.work_or_end.notify_all();
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
        state.schedule.check(&job.request.tenant)?;
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

    /// Has a job that is new, or was at rest, wait for a thread.
    fn wait_for_turn(&self, mut state: MutexGuard<'_, State>, job: Job<Computation>) {
        let number = job.number;
        let place = state.schedule.enter(job, self.now());
        state.jobs.insert(number, Whereabouts::Waiting(place));
        self.publish(&state);
        let is_thread_free = state.running < self.slots;
        drop(state);
        if is_thread_free {
            self.work_or_end.notify_one();
        }
    }

    fn memory_was_freed(&self) {
        let mut state = self.state();
        state.schedule.memory_was_freed();
        self.publish(&state);
        drop(state);
        self.work_or_end.notify_all();
    }

    /// What a thread of the pool does.
    fn work(&self) {
        while let Some(mut job) = self.next_job() {
            let Computation { task, work } = &mut job.work;
            task.begin(self.now(), job.memory.take());
            let waker = Waker::from(Arc::clone(task));
            let polled = catch_unwind(AssertUnwindSafe(|| {
                work.as_mut().poll(&mut Context::from_waker(&waker))
            }));
            // Whoever waits for it learns of a panic by its channel.
            let has_ended = !matches!(polled, Ok(Poll::Pending));
            drop(self.put_back(job, has_ended));
        }
    }

    fn next_job(&self) -> Option<Job<Computation>> {
        let mut state = self.state();
        loop {
            if state.has_ended {
                return None;
            }
            if state.running < self.slots
                && let Some(job) = state.schedule.next(self.now(), &self.memory)
            {
                state.running += 1;
                let running = Whereabouts::Running { is_woken: false, is_stopped: false };
                state.jobs.insert(job.number, running);
                self.publish(&state);
                return Some(job);
            }
            state = self.work_or_end.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes a job back from a thread; returns it, to be dropped, if it has ended.
    fn put_back(&self, mut job: Job<Computation>, has_ended: bool) -> Option<Job<Computation>> {
        let task = Arc::clone(&job.work.task);
        let mut state = self.state();
        state.running -= 1;
        state.schedule.ran(&mut job, self.now().saturating_sub(task.slice_begun()));
        let whereabouts = state.jobs.remove(&job.number);
        let (is_woken, is_stopped) = match whereabouts {
            Some(Whereabouts::Running { is_woken, is_stopped }) => (is_woken, is_stopped),
            // Nobody but the thread that has it takes it out.
            _ => (false, false),
        };
        let left = if has_ended || is_stopped {
            task.set_ended();
            state.schedule.rest(&job);
            Some(job)
        } else if is_woken || task.has_given_way() {
            let number = job.number;
            let place = state.schedule.go_on(job, self.now());
            state.jobs.insert(number, Whereabouts::Waiting(place));
            None
        } else {
            state.schedule.rest(&job);
            state.jobs.insert(job.number, Whereabouts::Resting(Box::new(job)));
            None
        };
        self.publish(&state);
        left
    }

    /// No panic can leave the state half changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, state: &State) {
        self.someone_waits.store(!state.schedule.is_idle(), Ordering::Relaxed);
    }
}

impl Executor for Shared {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn someone_waits(&self) -> bool {
        self.someone_waits.load(Ordering::Relaxed)
    }

    fn stop(&self, number: u64) {
        let mut state = self.state();
        let job = match state.jobs.remove(&number) {
            Some(Whereabouts::Running { is_woken, .. }) => {
                let running = Whereabouts::Running { is_woken, is_stopped: true };
                state.jobs.insert(number, running);
                None
            }
            Some(elsewhere) => state.take(elsewhere),
            None => None,
        };
        self.publish(&state);
        drop(state);
        // What it holds may be large, or take this lock.
        drop(job);
    }

    fn wake(&self, number: u64) {
        let mut state = self.state();
        match state.jobs.remove(&number) {
            Some(Whereabouts::Resting(job)) => self.wait_for_turn(state, *job),
            Some(Whereabouts::Running { is_stopped, .. }) => {
                let running = Whereabouts::Running { is_woken: true, is_stopped };
                state.jobs.insert(number, running);
            }
            Some(waiting) => {
                state.jobs.insert(number, waiting);
            }
            None => {}
        }
    }
}

impl State {
    /// The job that is there, if it is with no thread. It will not run again.
    fn take(&mut self, whereabouts: Whereabouts) -> Option<Box<Job<Computation>>> {
        match whereabouts {
            Whereabouts::Waiting(place) => self.schedule.leave(place).map(Box::new),
            Whereabouts::Resting(job) => Some(job),
            Whereabouts::Running { .. } => None,
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("slots", &self.slots).finish_non_exhaustive()
    }
}
