//! A pool without threads, for simulations: its workers are tasks of the thread that
//! simulates, and what they compute takes time on a paused clock.

use tokio::time::sleep;

use super::answers::Answers;
use super::clock::Clock;
use super::jobs::Computation;
use super::pool::Shared;
use super::schedule::Job;
use super::simulated_clock::SimulatedClock;
use super::*;

impl Compute {
    /// One that computes when somebody runs the workers that are returned with it.
    pub(crate) fn simulated(
        size: PoolSize,
        memory: &Budget,
        clock: &Arc<SimulatedClock>,
    ) -> (Self, Vec<impl Future<Output = ()> + Send + use<>>) {
        let pool = Pool::new(size, memory, Clock::Simulated(Arc::clone(clock)));
        let worker = |_| work(Arc::clone(pool.shared()), Arc::clone(clock));
        let workers = (0..size.workers.get()).map(worker).collect();
        (Self { pool: Arc::new(pool), permit: Permit::default() }, workers)
    }
}

/// Computes until the pool ends, as the threads of a pool do.
async fn work(pool: Arc<Shared>, clock: Arc<SimulatedClock>) {
    let mut answers = Answers::default();
    let mut next = job(&pool).await;
    while let Some(job_to_run) = next {
        let (polled, took) = clock.measure(|| pool.poll(job_to_run));
        // Whatever happens meanwhile happens while it is computed.
        sleep(took).await;
        next = pool.go_on(polled, &mut answers);
        if next.is_none() {
            next = job(&pool).await;
        }
    }
}

/// Waits for a job, or for the end of the pool.
async fn job(pool: &Shared) -> Option<Job<Computation>> {
    loop {
        let found = pool.find_job(&mut pool.state());
        match found {
            Poll::Ready(found) => return found,
            Poll::Pending => pool.idle.called().await,
        }
    }
}
