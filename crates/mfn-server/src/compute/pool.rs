//! A fixed number of threads, and the queue in front of them.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::cost::Cost;
use crate::demand::Demand;
use crate::memory::{Budget, Reservation};
use crate::tenant::Tenant;
use crate::thread;

/// Bounds of the time that a refused caller is asked to wait.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A piece of work, for any thread of the pool, which is given its memory.
type Job = Box<dyn FnOnce(Reservation) + Send>;

/// As many jobs wait as may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueFull {
    /// How many may wait.
    pub(crate) depth: usize,
    /// What the waiting ones are expected to take.
    pub(crate) retry_after: Duration,
}

/// Threads that take jobs in the order in which they came, as far as there is
/// memory for them. They end with the last handle.
#[derive(Debug)]
pub(super) struct Pool {
    shared: Arc<Shared>,
    workers: NonZero<usize>,
    depth: usize,
}

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    work_or_end: Condvar,
    memory: Budget,
}

struct Waiting {
    tenant: Tenant,
    demand: Demand,
    job: Job,
}

#[derive(Default)]
struct Queue {
    /// By ticket, so that the first is the oldest, and any one can leave.
    waiting: BTreeMap<u64, Waiting>,
    tickets: u64,
    idle_workers: usize,
    ended: bool,
}

impl Pool {
    /// Starts `workers` threads with a queue of `depth` jobs, which get their
    /// memory of a budget.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(super) fn start(
        workers: NonZero<usize>,
        depth: usize,
        memory: &Budget,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            work_or_end: Condvar::new(),
            memory: memory.clone(),
        });
        let waiting = Arc::downgrade(&shared);
        memory.on_release(move || {
            if let Some(shared) = waiting.upgrade() {
                // Who looks for room now would miss it without the lock.
                drop(shared.queue());
                shared.work_or_end.notify_all();
            }
        });
        let pool = Self { shared, workers, depth };
        for number in 0..workers.get() {
            let shared = Arc::clone(&pool.shared);
            let work = move || thread::again_after_a_panic(|| shared.work());
            thread::start(&format!("mfn-compute-{number}"), work)?;
        }
        Ok(pool)
    }

    /// Takes `job`, unless as many wait as may. Dropping the ticket before a
    /// thread is free for the job takes it back.
    pub(super) fn submit(
        &self,
        tenant: Tenant,
        demand: Demand,
        job: Job,
    ) -> Result<Ticket, QueueFull> {
        let queue = self.shared.queue();
        // What an idle thread is about to take does not wait.
        if queue.waiting.len() >= self.depth + queue.idle_workers {
            let expected: Cost = queue.waiting.values().map(|waiting| waiting.demand.cost).sum();
            let share = expected.duration() / self.workers.get().try_into().unwrap_or(u32::MAX);
            let retry_after = share.clamp(SHORTEST_WAIT, LONGEST_WAIT);
            return Err(QueueFull { depth: self.depth, retry_after });
        }
        Ok(self.enqueue(queue, Waiting { tenant, demand, job }))
    }

    /// Takes a further job of a call that [`Self::submit`] let in.
    pub(super) fn resume(&self, tenant: Tenant, demand: Demand, job: Job) -> Ticket {
        self.enqueue(self.shared.queue(), Waiting { tenant, demand, job })
    }

    fn enqueue(&self, mut queue: MutexGuard<'_, Queue>, waiting: Waiting) -> Ticket {
        queue.tickets += 1;
        let number = queue.tickets;
        queue.waiting.insert(number, waiting);
        drop(queue);
        self.shared.work_or_end.notify_one();
        Ticket { shared: Arc::clone(&self.shared), number }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.queue().ended = true;
        self.shared.work_or_end.notify_all();
    }
}

impl Shared {
    /// No panic can leave the queue half changed.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a thread of the pool does.
    fn work(&self) {
        while let Some((job, memory)) = self.next_job() {
            // A job tells its caller itself what has become of it.
            catch_unwind(AssertUnwindSafe(|| job(memory))).ok();
        }
    }

    fn next_job(&self) -> Option<(Job, Reservation)> {
        let mut queue = self.queue();
        queue.idle_workers += 1;
        loop {
            if queue.ended {
                return None;
            }
            if let Some(next) = queue.first_with_room(&self.memory) {
                queue.idle_workers -= 1;
                return Some(next);
            }
            queue = self.work_or_end.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Queue {
    fn first_with_room(&mut self, memory: &Budget) -> Option<(Job, Reservation)> {
        let (number, reservation) = self.waiting.iter().find_map(|(number, waiting)| {
            let Waiting { tenant, demand, .. } = waiting;
            memory.reserve(tenant, demand.bytes).map(|room| (*number, room))
        })?;
        self.waiting.remove(&number).map(|waiting| (waiting.job, reservation))
    }
}

/// A job's place in the queue, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    shared: Arc<Shared>,
    number: u64,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let taken_back = self.shared.queue().waiting.remove(&self.number);
        // What the job holds may be large: it is freed after the lock.
        drop(taken_back);
    }
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").field("waiting", &self.waiting.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const MEMORY: usize = 1024 * 1024;

    fn demand() -> Demand {
        Demand::of(Cost::LARGEST)
    }

    fn submit(pool: &Pool, job: impl FnOnce() + Send + 'static) -> Result<Ticket, QueueFull> {
        pool.submit(Tenant::default(), demand(), Box::new(|_| job()))
    }

    fn resume(pool: &Pool, job: impl FnOnce() + Send + 'static) -> Ticket {
        pool.resume(Tenant::default(), demand(), Box::new(|_| job()))
    }

    fn pool(workers: usize, depth: usize) -> Pool {
        let workers = NonZero::new(workers).expect("not 0");
        Pool::start(workers, depth, &Budget::new(MEMORY)).expect("threads are to be had")
    }

    /// A pool of one thread, which is busy until the sender is dropped.
    fn busy_pool(depth: usize) -> (Pool, mpsc::Sender<()>, Ticket) {
        let pool = pool(1, depth);
        let (started, starts) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let job = move || {
            started.send(()).expect("the test waits for it");
            released.recv().ok();
        };
        let ticket = resume(&pool, job);
        starts.recv().expect("the thread takes it");
        (pool, release, ticket)
    }

    #[test]
    fn jobs_run_in_the_order_in_which_they_came() {
        let (pool, release, _busy) = busy_pool(10);
        let (done, all_done) = mpsc::channel();
        let tickets: Vec<_> = (0..10)
            .map(|n| {
                let done = done.clone();
                submit(&pool, move || done.send(n).expect("the test waits"))
            })
            .collect();
        drop((done, release));
        assert_eq!(all_done.iter().collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
        assert!(tickets.iter().all(Result::is_ok));
    }

    // shows MFN-ERR-008
    #[test]
    fn a_full_queue_refuses_and_a_job_that_is_taken_back_leaves_its_place() {
        let (pool, _release, _busy) = busy_pool(2);
        let first = submit(&pool, || {}).expect("a place is free");
        let _second = submit(&pool, || {}).expect("a place is free");
        let refused = submit(&pool, || {}).expect_err("no place is free");
        assert_eq!((refused.depth, refused.retry_after), (2, LONGEST_WAIT));
        // A call that was let in goes on whatever waits.
        let more = resume(&pool, || {});
        drop(first);
        assert!(submit(&pool, || {}).is_err(), "the further job has the place");
        drop(more);
        assert!(submit(&pool, || {}).is_ok());
    }

    #[test]
    fn without_a_queue_what_an_idle_thread_takes_is_not_refused() {
        let pool = pool(1, 0);
        let (done, is_done) = mpsc::channel();
        // The thread may not have come to wait for work yet.
        let ticket = std::iter::repeat_with(|| {
            let done = done.clone();
            submit(&pool, move || done.send(()).expect("the test waits"))
        })
        .find_map(Result::ok);
        is_done.recv().expect("it has run");
        drop(ticket);
    }

    #[test]
    fn a_panic_ends_its_job_and_not_its_thread() {
        let pool = pool(1, 10);
        let (done, is_done) = mpsc::channel();
        let _broken = submit(&pool, || panic!("of the test"));
        let _after = submit(&pool, move || done.send(()).expect("the test waits"));
        is_done.recv().expect("the thread has gone on");
    }

    #[test]
    fn a_large_job_waits_for_memory_and_a_small_one_passes_it() {
        let pool = pool(2, 10);
        let (begun, begins) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let large = Demand { bytes: MEMORY, ..demand() };
        let holder = move |memory| {
            begun.send(()).expect("the test waits");
            released.recv().ok();
            drop(memory);
        };
        let _holder = pool.resume(Tenant::default(), large, Box::new(holder));
        begins.recv().expect("it runs");
        let (done, is_done) = mpsc::channel();
        let done_too = done.clone();
        let job = move |_| done.send("large").expect("the test waits");
        let _large = pool.resume(Tenant::default(), large, Box::new(job));
        let _small = resume(&pool, move || done_too.send("small").expect("the test waits"));
        assert_eq!(is_done.recv(), Ok("small"));
        drop(release);
        assert_eq!(is_done.recv(), Ok("large"));
    }
}
