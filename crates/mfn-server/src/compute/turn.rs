//! A computation's time on a thread, as the computation sees it.

use std::future::poll_fn;
use std::mem;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;
use std::task::Poll;

use futures_util::FutureExt as _;
use tokio::sync::oneshot;

use super::answers::SendAnswer;
use super::jobs::Work;
use super::pool::Shared;
use super::schedule::Request;
use super::task::{Task, Ticket};
use crate::demand::Demand;
use crate::permit::Permit;

/// The right to compute until it is others' turn.
#[derive(Debug)]
pub(crate) struct Turn(Option<OnThread>);

/// What is known of a computation on a thread of the pool.
#[derive(Clone, Debug)]
pub(super) struct OnThread {
    pub(super) pool: Arc<Shared>,
    pub(super) task: Arc<Task>,
    pub(super) request: Request,
    pub(super) permit: Permit,
}

impl Turn {
    /// Where it is asked for, nobody else has a turn.
    pub(super) fn here() -> Self {
        Self(None)
    }

    pub(super) fn on(thread: OnThread) -> Self {
        Self(Some(thread))
    }

    /// To be awaited between pieces of work, of at most some milliseconds each.
    /// Others have their turn, if some wait and this one's slice of time is over.
    /// If nobody wants the result any more, the computation ends here.
    pub(crate) async fn give_way(&self) {
        let Self(Some(OnThread { task, .. })) = self else { return };
        let mut is_back = !task.gives_way();
        poll_fn(|_| if mem::replace(&mut is_back, true) { Poll::Ready(()) } else { Poll::Pending })
            .await;
    }

    /// What each of `jobs` computes, in their order. They run side by side where
    /// threads are free, unless they are small even together, and are one call to
    /// those that wait.
    pub(crate) async fn side_by_side<T, J, F, const N: usize>(
        &self,
        of_each: Demand,
        jobs: [J; N],
    ) -> [T; N]
    where
        T: Default + Copy + Send + 'static,
        J: FnOnce(Self) -> F,
        F: Future<Output = T> + Send + 'static,
    {
        let mut values = [T::default(); N];
        let are_small = (of_each.cost * N as u64).is_small();
        let Some(thread) = self.0.as_ref().filter(|_| !are_small) else {
            for (value, job) in values.iter_mut().zip(jobs) {
                *value = job(Self::here()).await;
            }
            return values;
        };
        // All are under way before the first is waited for.
        let under_way = jobs.map(|job| thread.start(of_each, job));
        for (value, (answer, ticket)) in values.iter_mut().zip(under_way) {
            // The panic that leaves no answer was told where it occurred.
            *value = answer.await.unwrap_or_else(|broken| resume_unwind(Box::new(broken)));
            drop(ticket);
        }
        values
    }
}

impl OnThread {
    /// Has `job` computed as a further part of the same call.
    fn start<T, J, F>(&self, demand: Demand, job: J) -> (oneshot::Receiver<T>, Ticket)
    where
        T: Send + 'static,
        J: FnOnce(Turn) -> F,
        F: Future<Output = T> + Send + 'static,
    {
        let (answers, answer) = oneshot::channel();
        let Demand { cost, bytes, answer_bytes } = demand;
        let request = Request { cost: cost.duration(), bytes, ..self.request.clone() };
        let ticket = self.pool.add(request.clone(), |task| {
            let task = Arc::clone(task);
            let turn = Self { task, request, ..self.clone() };
            let value = computing(turn, answer_bytes, job);
            Box::pin(async move {
                // Whoever waits for it is in the pool too, so no thread is to be woken.
                value.await.map(|value| answers.send(value).ok());
                None
            })
        });
        (answer, ticket)
    }
}

/// The answer of a call: what `job` computes, which the thread that computes it sends
/// to `answers`.
pub(super) fn answering<T, J, F>(
    turn: OnThread,
    answer_bytes: usize,
    job: J,
    answers: oneshot::Sender<T>,
) -> Work
where
    T: Send + 'static,
    J: FnOnce(Turn) -> F,
    F: Future<Output = T> + Send + 'static,
{
    let value = computing(turn, answer_bytes, job);
    Box::pin(async move {
        // Some callers have gone by then, and do not miss it.
        let send = |value| Box::new(move || drop(answers.send(value))) as SendAnswer;
        value.await.map(send)
    })
}

/// What `job` computes, unless it panics. When this is over, what the call holds for it
/// has been given back, but for the memory of the answer.
fn computing<T, J, F>(
    turn: OnThread,
    answer_bytes: usize,
    job: J,
) -> impl Future<Output = Option<T>> + Send + 'static
where
    T: Send + 'static,
    J: FnOnce(Turn) -> F,
    F: Future<Output = T> + Send + 'static,
{
    let (task, permit) = (Arc::clone(&turn.task), turn.permit.clone());
    let job = job(Turn::on(turn));
    async move {
        let memory = task.take_memory();
        let value = AssertUnwindSafe(job).catch_unwind().await;
        if let Some(memory) = memory
            && answer_bytes > 0
        {
            memory.shrink_to(answer_bytes);
            permit.keep(Arc::new(memory));
        }
        // Before the answer: who has it may call again at once.
        drop(permit);
        value.ok()
    }
}
