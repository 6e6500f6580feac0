//! Where computations run: small ones where they are asked for, the rest on
//! threads of their own, in turn. Each stops soon after its caller has gone.

mod answers;
mod clock;
mod frames;
mod idle_workers;
mod jobs;
mod pool;
mod schedule;
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod simulated_clock;
mod steps;
mod task;
#[cfg(test)]
mod tests;
mod turn;
mod worker;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tokio::sync::oneshot;
use tokio_stream::Stream;

use crate::cost::Cost;
use crate::demand::Demand;
use crate::error::Error;
use crate::memory::Budget;
use crate::permit::Permit;
use frames::Frames;
use pool::Pool;
use schedule::Request;
use task::{Executor as _, Task};
use turn::{OnThread, answering};

pub(crate) use frames::FrameSender;
pub(crate) use jobs::Load;
pub(crate) use pool::PoolSize;
#[cfg(test)]
pub(crate) use simulated_clock::SimulatedClock;
pub(crate) use steps::{extract, run_to};
pub(crate) use turn::Turn;

/// The frames of a call, each as it is computed.
pub(crate) type FrameStream<T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>;

/// Runs computations.
#[derive(Clone, Debug)]
pub(crate) struct Compute {
    /// For all that is not small.
    pool: Arc<Pool>,
    /// What the call holds until its computation has stopped.
    permit: Permit,
}

impl Compute {
    /// Starts threads, which compute as far as `memory` allows.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(crate) fn start(size: PoolSize, memory: &Budget) -> io::Result<Self> {
        Ok(Self { pool: Arc::new(Pool::start(size, memory)?), permit: Permit::default() })
    }

    /// What is under way on the threads.
    pub(crate) fn load(&self) -> Load {
        self.pool.shared().state().jobs.load()
    }

    /// The same for the call of this permit.
    pub(crate) fn with_permit(&self, permit: Permit) -> Self {
        Self { pool: Arc::clone(&self.pool), permit }
    }

    /// What `job` computes.
    ///
    /// # Errors
    /// [`Error::CostTooHigh`] if it is expected to take too long;
    /// [`Error::QueueFull`] if it would have to wait and may not;
    /// [`Error::Internal`] if it panics.
    pub(crate) async fn answer<T, J, F>(&self, demand: Demand, job: J) -> Result<T, Error>
    where
        T: Send + 'static,
        J: FnOnce(Turn) -> F,
        F: Future<Output = T> + Send + 'static,
    {
        if demand.cost.is_small() {
            return here(|| job(Turn::here()));
        }
        let request = self.request(demand)?;
        let (answers, answer) = oneshot::channel();
        let ticket = self.pool.shared().submit(request.clone(), |task| {
            let turn = self.turn(task, request);
            answering(turn, demand.answer_bytes, job, answers)
        })?;
        // Whoever waits here has not gone, so only a panic leaves no answer.
        let answer = answer.await.map_err(|_| Error::Internal);
        drop(ticket);
        answer
    }

    /// The frames that `job` sends, as it sends them: at most `ahead` before they
    /// are read. After a panic the last item is [`Error::Internal`].
    ///
    /// # Errors
    /// [`Error::CostTooHigh`] if it is expected to take too long;
    /// [`Error::QueueFull`] if it would have to wait and may not.
    pub(crate) fn frames<T, J, F>(
        &self,
        demand: Demand,
        ahead: usize,
        job: J,
    ) -> Result<FrameStream<T>, Error>
    where
        T: Send + 'static,
        J: FnOnce(Turn, FrameSender<T>) -> F,
        F: Future<Output = ()> + Send + 'static,
    {
        if demand.cost.is_small() {
            let frames = frames::here(|sender| here(|| job(Turn::here(), sender)));
            return Ok(Box::pin(tokio_stream::iter(frames)));
        }
        let request = self.request(demand)?;
        let (sender, ready) = FrameSender::channel(ahead);
        let ticket = self.pool.shared().submit(request.clone(), |task| {
            frames::sending(self.turn(task, request), job, sender)
        })?;
        Ok(Box::pin(Frames::new(ready, ticket, Arc::clone(&self.pool))))
    }

    /// Reserves memory for an answer that is there already, and keeps it with the call.
    /// Returns whether there was room.
    pub(crate) fn reserve_for_answer(&self, bytes: usize) -> bool {
        let memory = &self.pool.shared().memory;
        let tenant = self.permit.tenant();
        let Some(reservation) = memory.reserve(&tenant, bytes) else {
            // The call asks next for what it computes in.
            memory.forget(&tenant, bytes);
            return false;
        };
        self.permit.keep(Arc::new(reservation));
        true
    }

    /// # Errors
    /// [`Error::CostTooHigh`] if the caller may not have so much computed.
    pub(crate) fn check_cost(&self, cost: Cost) -> Result<(), Error> {
        match self.permit.max_cost() {
            Some(limit) if cost > limit => Err(Error::CostTooHigh { cost, limit }),
            _ => Ok(()),
        }
    }

    fn turn(&self, task: &Arc<Task>, request: Request) -> OnThread {
        let pool = Arc::clone(self.pool.shared());
        OnThread { pool, task: Arc::clone(task), request, permit: self.permit.clone() }
    }

    /// # Errors
    /// [`Error::CostTooHigh`] if the caller may not have so much computed.
    fn request(&self, demand: Demand) -> Result<Request, Error> {
        self.check_cost(demand.cost)?;
        let pool = self.pool.shared();
        let share = self.permit.worker_share().unwrap_or_else(|| pool.slots() / 2);
        Ok(Request {
            tenant: self.permit.tenant(),
            share: share.max(1),
            call: pool.number(),
            since: pool.now(),
            call_cost: demand.cost.duration(),
            cost: demand.cost.duration(),
            bytes: demand.bytes,
        })
    }
}

/// What `job` computes on this thread, where it never gives way.
fn here<F: Future>(job: impl FnOnce() -> F) -> Result<F::Output, Error> {
    let polled = catch_unwind(AssertUnwindSafe(|| {
        pin!(job()).poll(&mut Context::from_waker(Waker::noop()))
    }));
    match polled {
        Ok(Poll::Ready(value)) => Ok(value),
        Ok(Poll::Pending) | Err(_) => Err(Error::Internal),
    }
}
