//! What all parts of a simulation share: what has happened, which faults were injected, what
//! was found to be wrong, and which tasks are its own.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinHandle;
use tokio::time::Instant;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct World(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    begun: Instant,
    tasks: AtomicUsize,
    told: Mutex<Told>,
}

/// What is known at the end.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// What has happened, a line each, with the time. Two runs of one seed have the same.
    pub(super) trace: Vec<String>,
    /// How many faults of each kind there were.
    pub(super) faults: BTreeMap<&'static str, u64>,
    /// What must not have happened.
    pub(super) violations: Vec<String>,
}

/// One of the simulation's own tasks.
struct OwnTask(Arc<Shared>);

impl Drop for OwnTask {
    fn drop(&mut self) {
        self.0.tasks.fetch_sub(1, Ordering::Relaxed);
    }
}

impl World {
    pub(super) fn new() -> Self {
        let (tasks, told) = Default::default();
        Self(Arc::new(Shared { begun: Instant::now(), tasks, told }))
    }

    pub(super) fn notes(&self, event: impl fmt::Display) {
        let time = self.0.begun.elapsed();
        self.told().trace.push(format!("{:>12.6} {event}", time.as_secs_f64()));
    }

    /// A fault is injected.
    pub(super) fn injects(&self, fault: &'static str) {
        *self.told().faults.entry(fault).or_default() += 1;
        self.notes(format_args!("fault: {fault}"));
    }

    /// Something has happened that must not.
    pub(super) fn violated(&self, what: impl fmt::Display) {
        self.notes(format_args!("VIOLATION: {what}"));
        self.told().violations.push(what.to_string());
    }

    /// Spawns a task of the simulation, as opposed to one of the server.
    pub(super) fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.0.tasks.fetch_add(1, Ordering::Relaxed);
        let own = OwnTask(Arc::clone(&self.0));
        tokio::spawn(async move {
            let _own = own;
            task.await
        })
    }

    /// How many tasks there are that the server has spawned.
    pub(super) fn tasks_of_server(&self) -> usize {
        let alive = tokio::runtime::Handle::current().metrics().num_alive_tasks();
        alive - self.0.tasks.load(Ordering::Relaxed)
    }

    pub(super) fn into_told(self) -> Told {
        std::mem::take(&mut *self.told())
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
