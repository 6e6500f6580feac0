//! What a computation shares with the pool, with those who wake it, and with those
//! who wait for it.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Wake;
use std::time::Duration;

use crate::memory::Reservation;

/// Time after which a computation gives way to others that wait. It is short
/// beside what a caller notices, and long beside what a change costs.
pub(super) const SLICE: Duration = Duration::from_millis(1);

/// What polls computations.
pub(super) trait Executor: fmt::Debug + Send + Sync {
    /// The time on its clock.
    fn now(&self) -> Duration;
    /// Whether a computation that is polled should give way to another.
    fn someone_waits(&self) -> bool;
    /// What the computation of this `number` waits for is there.
    fn wake(&self, number: u64);
    /// Whoever waits for what the computation of this `number` makes has gone.
    fn stop(&self, number: u64);
}

/// See the module.
#[derive(Debug)]
pub(super) struct Task {
    number: u64,
    executor: Arc<dyn Executor>,
    /// When the slice began, in nanoseconds on the pool's clock.
    slice_begun: AtomicU64,
    has_given_way: AtomicBool,
    is_stopped: AtomicBool,
    has_ended: AtomicBool,
    /// From the start until the computation takes it.
    memory: Mutex<Option<Reservation>>,
}

impl Task {
    pub(super) fn new(number: u64, executor: Arc<dyn Executor>) -> Self {
        Self {
            number,
            executor,
            slice_begun: AtomicU64::new(0),
            has_given_way: AtomicBool::new(false),
            is_stopped: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
            memory: Mutex::default(),
        }
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// A thread polls it from `now` on.
    pub(super) fn begin(&self, now: Duration, memory: Option<Reservation>) {
        self.has_given_way.store(false, Ordering::Relaxed);
        self.begin_slice(now);
        if memory.is_some() {
            *self.memory.lock().unwrap_or_else(PoisonError::into_inner) = memory;
        }
    }

    /// Whether it is to give way now, and so will.
    pub(super) fn gives_way(&self) -> bool {
        if !self.is_stopped.load(Ordering::Relaxed) {
            let now = self.executor.now();
            if now < self.slice_begun() + SLICE {
                return false;
            }
            if !self.executor.someone_waits() {
                // Time that nobody else wanted is not held against anyone.
                self.begin_slice(now);
                return false;
            }
        }
        self.has_given_way.store(true, Ordering::Relaxed);
        true
    }

    pub(super) fn has_given_way(&self) -> bool {
        self.has_given_way.load(Ordering::Relaxed)
    }

    pub(super) fn slice_begun(&self) -> Duration {
        Duration::from_nanos(self.slice_begun.load(Ordering::Relaxed))
    }

    /// The memory that was reserved for it; nothing after the first call.
    pub(super) fn take_memory(&self) -> Option<Reservation> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn set_ended(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
    }

    fn begin_slice(&self, now: Duration) {
        let nanos = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        self.slice_begun.store(nanos, Ordering::Relaxed);
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.executor.wake(self.number);
    }
}

/// The right to what a computation makes. Dropped, it ends the computation soon.
#[derive(Debug)]
pub(super) struct Ticket(Arc<Task>);

impl Ticket {
    pub(super) fn new(task: Arc<Task>) -> Self {
        Self(task)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let Self(task) = self;
        // Most have ended.
        if !task.has_ended.load(Ordering::Relaxed) {
            task.is_stopped.store(true, Ordering::Relaxed);
            task.executor.stop(task.number);
        }
    }
}
