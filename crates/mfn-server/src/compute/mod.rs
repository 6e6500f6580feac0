//! Where computations run: small ones where they are asked for, the rest on
//! threads of their own. Each stops soon after its caller has gone.

mod caller;
mod frames;
mod pool;
#[cfg(test)]
mod tests;

use std::io;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio_stream::Stream;

use crate::demand::Demand;
use crate::error::Error;
use crate::layers::limits::Permit;
use crate::memory::{Budget, Reservation};
use caller::StillHere;
use frames::Frames;
use pool::{Pool, Ticket};

pub(crate) use caller::{Caller, CallerGone, advance};
pub(crate) use pool::QueueFull;

/// The frames of a call, each as it is computed.
pub(crate) type FrameStream<T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>;

/// Runs computations.
#[derive(Clone, Debug)]
pub(crate) struct Compute {
    /// For all that is not small.
    pool: Arc<Pool>,
    /// What the call holds until its computations have stopped.
    permit: Permit,
}

impl Compute {
    /// Starts `workers` threads, for which `queue_depth` computations may wait, and
    /// which compute as far as `memory` allows.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(crate) fn start(
        workers: NonZero<usize>,
        queue_depth: usize,
        memory: &Budget,
    ) -> io::Result<Self> {
        let pool = Arc::new(Pool::start(workers, queue_depth, memory)?);
        Ok(Self { pool, permit: Permit::default() })
    }

    /// The same for one call: its computations keep what it holds.
    pub(crate) fn with_permit(&self, permit: Permit) -> Self {
        Self { pool: Arc::clone(&self.pool), permit }
    }

    /// What `job` computes.
    ///
    /// # Errors
    /// [`Error::QueueFull`] if it would have to wait and may not;
    /// [`Error::Internal`] if it panics.
    pub(crate) async fn answer<T, J>(&self, demand: Demand, job: J) -> Result<T, Error>
    where
        T: Send + 'static,
        J: FnOnce(&dyn Caller) -> Result<T, CallerGone> + Send + 'static,
    {
        if demand.cost.is_small() {
            return here(job);
        }
        let (job, answer) = with_answer(job, demand, self.permit.clone());
        let ticket = self.pool.submit(self.permit.tenant(), demand, job)?;
        let waiting = Waiting { answer, _ticket: ticket };
        waiting.answer().await
    }

    /// What `job` computes, as a further part of a call that has computed
    /// before: it is not refused half-way.
    ///
    /// # Errors
    /// [`Error::Internal`] if it panics.
    pub(crate) async fn further<T, J>(&self, demand: Demand, job: J) -> Result<T, Error>
    where
        T: Send + 'static,
        J: FnOnce(&dyn Caller) -> Result<T, CallerGone> + Send + 'static,
    {
        if demand.cost.is_small() {
            return here(job);
        }
        let (job, answer) = with_answer(job, demand, self.permit.clone());
        let ticket = self.pool.resume(self.permit.tenant(), demand, job);
        let waiting = Waiting { answer, _ticket: ticket };
        waiting.answer().await
    }

    /// What each of `jobs` computes, in their order. They run side by side
    /// where threads are free, unless they are small even together.
    ///
    /// # Errors
    /// As [`Self::answer`]. If one fails, the others stop soon.
    pub(crate) async fn answers<T, J, const N: usize>(
        &self,
        of_each: Demand,
        jobs: [J; N],
    ) -> Result<[T; N], Error>
    where
        T: Send + 'static,
        J: FnOnce(&dyn Caller) -> Result<T, CallerGone> + Send + 'static,
    {
        let mut values = Vec::with_capacity(N);
        if (of_each.cost * N as u64).is_small() {
            for job in jobs {
                values.push(here(job)?);
            }
        } else {
            // All are under way before the first is waited for.
            for waiting in self.start_all(of_each, jobs)? {
                values.push(waiting.answer().await?);
            }
        }
        values.try_into().map_err(|_| Error::Internal)
    }

    /// One call is let in or refused as one, however many jobs it has.
    fn start_all<T, J, const N: usize>(
        &self,
        of_each: Demand,
        jobs: [J; N],
    ) -> Result<Vec<Waiting<T>>, QueueFull>
    where
        T: Send + 'static,
        J: FnOnce(&dyn Caller) -> Result<T, CallerGone> + Send + 'static,
    {
        let mut all = Vec::with_capacity(N);
        for job in jobs {
            let (job, answer) = with_answer(job, of_each, self.permit.clone());
            let tenant = self.permit.tenant();
            let ticket = if all.is_empty() {
                self.pool.submit(tenant, of_each, job)?
            } else {
                self.pool.resume(tenant, of_each, job)
            };
            all.push(Waiting { answer, _ticket: ticket });
        }
        Ok(all)
    }

    /// The frames that `next` computes one by one until there is none, as they
    /// are computed: at most `ahead` before they are read. After a panic the
    /// last item is [`Error::Internal`].
    ///
    /// # Errors
    /// [`Error::QueueFull`] if it would have to wait and may not.
    pub(crate) fn frames<T, N>(
        &self,
        demand: Demand,
        ahead: usize,
        mut next: N,
    ) -> Result<FrameStream<T>, Error>
    where
        T: Send + 'static,
        N: FnMut(&dyn Caller) -> Result<Option<T>, CallerGone> + Send + 'static,
    {
        if demand.cost.is_small() {
            let mut failed = false;
            let frames = std::iter::from_fn(|| {
                let frame = if failed { Ok(None) } else { here(&mut next) };
                failed = frame.is_err();
                frame.transpose()
            });
            let frames: Vec<_> = frames.collect();
            return Ok(Box::pin(tokio_stream::iter(frames)));
        }
        let pool = Arc::clone(&self.pool);
        let permit = self.permit.clone();
        Ok(Box::pin(Frames::start(pool, demand, ahead, Box::new(next), permit)?))
    }
}

/// An answer to come. Dropped, it stops its job, or takes it out of the queue.
struct Waiting<T> {
    answer: oneshot::Receiver<T>,
    _ticket: Ticket,
}

impl<T> Waiting<T> {
    async fn answer(self) -> Result<T, Error> {
        // Whoever waits here has not gone, so only a panic leaves no answer.
        self.answer.await.map_err(|_| Error::Internal)
    }
}

/// `job` for a thread of the pool, and where its answer will be. The `permit` is
/// dropped when it has run, or will not. It keeps the memory of the answer.
fn with_answer<T, J>(
    job: J,
    demand: Demand,
    permit: Permit,
) -> (Box<dyn FnOnce(Reservation) + Send>, oneshot::Receiver<T>)
where
    T: Send + 'static,
    J: FnOnce(&dyn Caller) -> Result<T, CallerGone> + Send + 'static,
{
    let (caller, answer) = oneshot::channel();
    let run = move |memory: Reservation| {
        let value = job(&caller);
        memory.shrink_to(demand.answer_bytes);
        if demand.answer_bytes > 0 {
            permit.keep(Arc::new(memory));
        }
        // Before the answer: who has it may call again at once.
        drop(permit);
        // Some callers have gone by now, and do not miss it.
        if let Ok(value) = value {
            caller.send(value).ok();
        }
    };
    (Box::new(run), answer)
}

/// What `job` computes on this thread.
fn here<T>(job: impl FnOnce(&dyn Caller) -> Result<T, CallerGone>) -> Result<T, Error> {
    let outcome = catch_unwind(AssertUnwindSafe(|| job(&StillHere)));
    outcome.ok().and_then(Result::ok).ok_or(Error::Internal)
}
