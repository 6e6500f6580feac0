//! Jobs of one tenant that wait, oldest first.

use std::collections::BTreeMap;

use super::job::{Job, Order};
use crate::memory::Reservation;

/// Jobs by what they need before they can run.
#[derive(Debug)]
pub(super) struct JobQueue<W> {
    /// They have started.
    ready: Line<W>,
    /// They have not, and need little memory.
    small: Line<W>,
    /// They have not, and may have to wait for memory.
    large: Line<W>,
}

/// Jobs that need the same, in their order.
#[derive(Debug)]
struct Line<W> {
    jobs: BTreeMap<Order, Job<W>>,
    /// There was no memory for the first of them when its turn came.
    lacks_memory: bool,
}

/// What keeps a job from starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lack {
    Worker,
    Memory,
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
        Self { ready: Line::new(), small: Line::new(), large: Line::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines().iter().all(|line| line.jobs.is_empty())
    }

    /// How many jobs wait for memory: those for which there was none, and those behind them.
    pub(super) fn waiting_for_memory(&self) -> usize {
        let lines = self.lines().into_iter();
        lines.filter(|line| line.lacks_memory).map(|line| line.jobs.len()).sum()
    }

    pub(super) fn enter(&mut self, job: Job<W>) -> QueuePosition {
        let need = match () {
            () if job.has_started => Need::Nothing,
            () if job.is_large() => Need::Memory,
            () => Need::Little,
        };
        let order = job.order;
        self.line(need).jobs.insert(order, job);
        QueuePosition { need, order }
    }

    pub(super) fn leave(&mut self, position: QueuePosition) -> Option<Job<W>> {
        let line = self.line(position.need);
        let job = line.jobs.remove(&position.order);
        line.lacks_memory &= !line.jobs.is_empty();
        job
    }

    /// Takes the first job that can run. What has not started needs what
    /// `may_start` gives it.
    pub(super) fn next(
        &mut self,
        mut may_start: impl FnMut(&Job<W>) -> Result<Reservation, Lack>,
    ) -> Option<Job<W>> {
        let mut needs = [Need::Nothing, Need::Little, Need::Memory];
        needs.sort_by_key(|need| self.line(*need).jobs.first_key_value().map(|(order, _)| *order));
        needs.into_iter().find_map(|need| {
            let line = self.line(need);
            let first = line.jobs.first_entry()?;
            if need == Need::Nothing {
                return Some(first.remove());
            }
            let memory = may_start(first.get());
            line.lacks_memory = matches!(memory, Err(Lack::Memory));
            Some(Job { memory: Some(memory.ok()?), has_started: true, ..first.remove() })
        })
    }

    fn lines(&self) -> [&Line<W>; 3] {
        [&self.ready, &self.small, &self.large]
    }

    fn line(&mut self, need: Need) -> &mut Line<W> {
        match need {
            Need::Nothing => &mut self.ready,
            Need::Little => &mut self.small,
            Need::Memory => &mut self.large,
        }
    }
}

impl<W> Line<W> {
    fn new() -> Self {
        Self { jobs: BTreeMap::new(), lacks_memory: false }
    }
}
