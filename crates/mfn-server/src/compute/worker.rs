//! What a thread of the pool does.

use std::sync::PoisonError;
use std::task::Poll;

use super::answers::Answers;
use super::jobs::Computation;
use super::pool::Shared;
use super::schedule::Job;
use super::task::Executor as _;

impl Shared {
    /// Computes until the pool ends.
    pub(super) fn work(&self) {
        let mut answers = Answers::default();
        let mut next = self.wait_for_job();
        while let Some(mut job) = next {
            let polled = job.work.poll(self.now(), job.memory.take());
            let left;
            (left, next) = self.exchange(job, polled.is_ready());
            // What it holds may be large, or take the lock.
            drop(left);
            let now = self.now();
            if let Poll::Ready(Some(answer)) = polled {
                answers.add(answer, now);
            }
            // No answer waits for a computation that may take long, or does not come.
            if next.as_ref().is_none_or(Job::is_long) || answers.are_due(now) {
                answers.send();
            }
            next = next.or_else(|| self.wait_for_job());
        }
    }

    fn wait_for_job(&self) -> Option<Job<Computation>> {
        let mut state = self.state();
        loop {
            if state.has_ended {
                return None;
            }
            if let Some(job) = state.jobs.next(self.now(), &self.memory) {
                self.publish(&state);
                return Some(job);
            }
            state = self.work_or_end.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes a job back from a thread, and gives it another in one go: to leave a
    /// slot free in between would wake a second thread for nothing. If the job has
    /// ended, it is returned to be dropped.
    fn exchange(
        &self,
        job: Job<Computation>,
        has_ended: bool,
    ) -> (Option<Job<Computation>>, Option<Job<Computation>>) {
        let mut state = self.state();
        let now = self.now();
        let left = state.jobs.put_back(job, has_ended, now);
        let next = if state.has_ended { None } else { state.jobs.next(now, &self.memory) };
        self.publish(&state);
        (left, next)
    }
}
