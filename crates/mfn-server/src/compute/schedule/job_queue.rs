//! Jobs of one tenant that wait, oldest first.

use std::collections::BTreeMap;

use super::job::{Job, Order};
use crate::memory::Reservation;

/// Jobs by what they need before they can run, each in their order.
#[derive(Debug)]
pub(super) struct JobQueue<W> {
    /// They have started.
    ready: BTreeMap<Order, Job<W>>,
    /// They have not, and need little memory.
    small: BTreeMap<Order, Job<W>>,
    /// They have not, and may have to wait for memory.
    large: BTreeMap<Order, Job<W>>,
}

/// Where in a queue a job is.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueuePosition {
    need: Need,
    order: Order,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Nothing,
    Little,
    Memory,
}

impl<W> JobQueue<W> {
    pub(super) fn new() -> Self {
        Self { ready: BTreeMap::new(), small: BTreeMap::new(), large: BTreeMap::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.small.is_empty() && self.large.is_empty()
    }

    pub(super) fn enter(&mut self, job: Job<W>) -> QueuePosition {
        let need = match () {
            () if job.has_started => Need::Nothing,
            () if job.is_large() => Need::Memory,
            () => Need::Little,
        };
        let order = job.order;
        self.jobs(need).insert(order, job);
        QueuePosition { need, order }
    }

    pub(super) fn leave(&mut self, position: QueuePosition) -> Option<Job<W>> {
        self.jobs(position.need).remove(&position.order)
    }

    /// Takes the first job that can run. What has not started needs what
    /// `may_start` gives it.
    pub(super) fn next(
        &mut self,
        mut may_start: impl FnMut(&Job<W>) -> Option<Reservation>,
    ) -> Option<Job<W>> {
        let mut needs = [Need::Nothing, Need::Little, Need::Memory];
        needs.sort_by_key(|need| self.jobs(*need).first_key_value().map(|(order, _)| *order));
        needs.into_iter().find_map(|need| {
            let first = self.jobs(need).first_entry()?;
            let memory = if need == Need::Nothing { None } else { Some(may_start(first.get())?) };
            let mut job = first.remove();
            job.has_started = true;
            job.memory = memory.or(job.memory);
            Some(job)
        })
    }

    fn jobs(&mut self, need: Need) -> &mut BTreeMap<Order, Job<W>> {
        match need {
            Need::Nothing => &mut self.ready,
            Need::Little => &mut self.small,
            Need::Memory => &mut self.large,
        }
    }
}
