//! Where workers wait for work, or for the end of the pool.

use std::sync::{Condvar, MutexGuard, PoisonError};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct IdleWorkers {
    threads: Condvar,
    /// In a simulation they are tasks of one thread.
    #[cfg(test)]
    tasks: tokio::sync::Notify,
}

impl IdleWorkers {
    /// A worker is to look for work.
    pub(super) fn call_one(&self) {
        self.threads.notify_one();
        #[cfg(test)]
        self.tasks.notify_one();
    }

    /// All workers are to look for work, or end.
    pub(super) fn call_all(&self) {
        self.threads.notify_all();
        #[cfg(test)]
        self.tasks.notify_waiters();
    }

    /// Has this thread wait until it is called.
    pub(super) fn wait<'a, T>(&self, state: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        self.threads.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Has this task wait until it is called, from the first time on that it is polled.
    #[cfg(test)]
    pub(super) async fn called(&self) {
        self.tasks.notified().await;
    }
}
