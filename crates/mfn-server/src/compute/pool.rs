//! A fixed number of threads, and the queue in front of them.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, thread};

use crate::cost::Cost;

/// Bounds of the time that a refused caller is asked to wait.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A piece of work, for any thread of the pool.
type Job = Box<dyn FnOnce() + Send>;

/// As many jobs wait as may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueFull {
    /// How many may wait.
    pub(crate) depth: usize,
    /// What the waiting ones are expected to take.
    pub(crate) retry_after: Duration,
}

/// Threads that take jobs in the order in which they came. They end with the
/// last handle.
#[derive(Debug)]
pub(super) struct Pool {
    shared: Arc<Shared>,
    workers: NonZero<usize>,
    depth: usize,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    work_or_end: Condvar,
}

#[derive(Default)]
struct Queue {
    /// By ticket, so that the first is the oldest, and any one can leave.
    waiting: BTreeMap<u64, (Cost, Job)>,
    tickets: u64,
    idle_workers: usize,
    ended: bool,
}

impl Pool {
    /// Starts `workers` threads with a queue of `depth` jobs.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(super) fn start(workers: NonZero<usize>, depth: usize) -> io::Result<Self> {
        let pool = Self { shared: Arc::default(), workers, depth };
        for number in 0..workers.get() {
            let shared = Arc::clone(&pool.shared);
            let name = format!("mfn-compute-{number}");
            thread::Builder::new().name(name).spawn(move || shared.work())?;
        }
        Ok(pool)
    }

    /// Takes `job`, unless as many wait as may. Dropping the ticket before a
    /// thread is free for the job takes it back.
    pub(super) fn submit(&self, cost: Cost, job: Job) -> Result<Ticket, QueueFull> {
        let queue = self.shared.queue();
        // What an idle thread is about to take does not wait.
        if queue.waiting.len() >= self.depth + queue.idle_workers {
            let expected: Cost = queue.waiting.values().map(|(cost, _)| *cost).sum();
            let share = expected.duration() / self.workers.get().try_into().unwrap_or(u32::MAX);
            let retry_after = share.clamp(SHORTEST_WAIT, LONGEST_WAIT);
            return Err(QueueFull { depth: self.depth, retry_after });
        }
        Ok(self.enqueue(queue, cost, job))
    }

    /// Takes a further job of a call that [`Self::submit`] let in.
    pub(super) fn resume(&self, cost: Cost, job: Job) -> Ticket {
        self.enqueue(self.shared.queue(), cost, job)
    }

    fn enqueue(&self, mut queue: MutexGuard<'_, Queue>, cost: Cost, job: Job) -> Ticket {
        queue.tickets += 1;
        let number = queue.tickets;
        queue.waiting.insert(number, (cost, job));
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
        while let Some(job) = self.next_job() {
            // A job tells its caller itself what has become of it.
            catch_unwind(AssertUnwindSafe(job)).ok();
        }
    }

    fn next_job(&self) -> Option<Job> {
        let mut queue = self.queue();
        queue.idle_workers += 1;
        loop {
            if queue.ended {
                return None;
            }
            if let Some((_, (_, job))) = queue.waiting.pop_first() {
                queue.idle_workers -= 1;
                return Some(job);
            }
            queue = self.work_or_end.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
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

    const COST: Cost = Cost::LARGEST;

    fn pool(workers: usize, depth: usize) -> Pool {
        let workers = NonZero::new(workers).expect("not 0");
        Pool::start(workers, depth).expect("threads are to be had")
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
        let ticket = pool.resume(COST, Box::new(job));
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
                pool.submit(COST, Box::new(move || done.send(n).expect("the test waits")))
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
        let first = pool.submit(COST, Box::new(|| {})).expect("a place is free");
        let _second = pool.submit(COST, Box::new(|| {})).expect("a place is free");
        let refused = pool.submit(COST, Box::new(|| {})).expect_err("no place is free");
        assert_eq!((refused.depth, refused.retry_after), (2, LONGEST_WAIT));
        // A call that was let in goes on whatever waits.
        let more = pool.resume(COST, Box::new(|| {}));
        drop(first);
        assert!(pool.submit(COST, Box::new(|| {})).is_err(), "the further job has the place");
        drop(more);
        assert!(pool.submit(COST, Box::new(|| {})).is_ok());
    }

    #[test]
    fn without_a_queue_what_an_idle_thread_takes_is_not_refused() {
        let pool = pool(1, 0);
        let (done, is_done) = mpsc::channel();
        // The thread may not have come to wait for work yet.
        let ticket = std::iter::repeat_with(|| {
            let done = done.clone();
            pool.submit(COST, Box::new(move || done.send(()).expect("the test waits")))
        })
        .find_map(Result::ok);
        is_done.recv().expect("it has run");
        drop(ticket);
    }

    #[test]
    fn a_panic_ends_its_job_and_not_its_thread() {
        let pool = pool(1, 10);
        let (done, is_done) = mpsc::channel();
        let _broken = pool.submit(COST, Box::new(|| panic!("of the test")));
        let _after = pool.submit(COST, Box::new(move || done.send(()).expect("the test waits")));
        is_done.recv().expect("the thread has gone on");
    }
}
