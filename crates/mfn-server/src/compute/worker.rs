//! What a thread of the pool does.

use std::task::Poll;

use super::answers::{Answers, SendAnswer};
use super::jobs::Computation;
use super::pool::{Shared, State};
use super::schedule::Job;
use super::task::Executor as _;

/// A job that was polled, and the answer that it has left if it has ended.
pub(super) struct Polled {
    job: Job<Computation>,
    outcome: Poll<Option<SendAnswer>>,
}

impl Shared {
    /// Computes until the pool ends.
    pub(super) fn work(&self) {
        let mut answers = Answers::default();
        let mut next = self.wait_for_job();
        while let Some(job) = next {
            let polled = self.poll(job);
            next = self.go_on(polled, &mut answers).or_else(|| self.wait_for_job());
        }
    }

    fn wait_for_job(&self) -> Option<Job<Computation>> {
        let mut state = self.state();
        loop {
            if let Poll::Ready(found) = self.find_job(&mut state) {
                return found;
            }
            state = self.idle.wait(state);
        }
    }

    /// A job that is to run now, or none if the pool ends, unless there is none yet.
    pub(super) fn find_job(&self, state: &mut State) -> Poll<Option<Job<Computation>>> {
        if state.has_ended {
            return Poll::Ready(None);
        }
        let Some(job) = state.jobs.next(self.now(), &self.memory) else { return Poll::Pending };
        self.publish(state);
        Poll::Ready(Some(job))
    }

    /// Polls a job.
    pub(super) fn poll(&self, mut job: Job<Computation>) -> Polled {
        let outcome = job.work.poll(self.now(), job.memory.take());
        Polled { job, outcome }
    }

    /// Takes back a job that was polled, and sends such `answers` as are to be sent by now:
    /// the next job, if there is one.
    pub(super) fn go_on(&self, polled: Polled, answers: &mut Answers) -> Option<Job<Computation>> {
        let Polled { job, outcome } = polled;
        let (left, next) = self.exchange(job, outcome.is_ready());
        // What it holds may be large, or take the lock.
        drop(left);
        let now = self.now();
        if let Poll::Ready(Some(answer)) = outcome {
            answers.add(answer, now);
        }
        // No answer waits for a computation that may take long, or does not come.
        if next.as_ref().is_none_or(Job::is_long) || answers.are_due(now) {
            answers.send();
        }
        next
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
