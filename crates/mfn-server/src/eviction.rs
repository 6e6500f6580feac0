//! Which connection is closed when there are as many as may be and another comes:
//! the oldest of those that have shown least reason to stay. Otherwise anyone who
//! reaches the port could hold all places without a key.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::tenant::Tenant;

/// The connections that may be closed to make room for another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Candidates(Arc<Mutex<Queues>>);

/// Those in a queue are in the order in which they came.
#[derive(Debug, Default)]
struct Queues {
    next_number: u64,
    /// No call on them was let pass.
    without_calls: BTreeMap<u64, CancellationToken>,
    /// All calls on them were such that need no credentials. A balancer's
    /// questions for health are, and anyone can ask them.
    with_free_calls: BTreeMap<u64, CancellationToken>,
}

/// What the calls on a connection have shown so far.
const NOTHING: u8 = 0;
const FREE_CALL: u8 = 1;
const ADMITTED_CALL: u8 = 2;

/// A connection, which is a candidate until a call on it is admitted.
#[derive(Debug)]
pub(crate) struct Candidate {
    candidates: Candidates,
    number: u64,
    evicted: CancellationToken,
    shown: AtomicU8,
    /// Whose the first admitted call on it was.
    tenant: OnceLock<Tenant>,
    open_calls: AtomicUsize,
    last_call: Mutex<Instant>,
}

impl Candidates {
    /// A connection that has just come.
    pub(crate) fn enter(&self) -> Candidate {
        let evicted = CancellationToken::new();
        let number = {
            let mut queues = self.lock();
            queues.next_number += 1;
            let number = queues.next_number;
            queues.without_calls.insert(number, evicted.clone());
            number
        };
        Candidate {
            candidates: self.clone(),
            number,
            evicted,
            shown: AtomicU8::new(NOTHING),
            tenant: OnceLock::new(),
            open_calls: AtomicUsize::new(0),
            last_call: Mutex::new(Instant::now()),
        }
    }

    /// Tells one candidate to close. Returns false if there is none.
    pub(crate) fn evict_one(&self) -> bool {
        let mut queues = self.lock();
        let first = queues.without_calls.pop_first();
        match first.or_else(|| queues.with_free_calls.pop_first()) {
            Some((_number, evicted)) => {
                evicted.cancel();
                true
            }
            None => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queues> {
        lock(&self.0)
    }
}

impl Candidate {
    /// Tells it to make room, whether calls on it were admitted or not.
    pub(crate) fn evict(&self) {
        self.evicted.cancel();
    }

    /// Waits until it is to make room.
    pub(crate) async fn evicted(&self) {
        self.evicted.cancelled().await;
    }

    /// What is cancelled when it is to make room, for a simulation.
    #[cfg(test)]
    pub(crate) fn eviction(&self) -> CancellationToken {
        self.evicted.clone()
    }

    /// A call on it needs no credentials, and is let pass.
    pub(crate) fn makes_free_call(&self) {
        if self.shown.fetch_max(FREE_CALL, Ordering::Relaxed) == NOTHING {
            let mut queues = self.candidates.lock();
            if let Some(evicted) = queues.without_calls.remove(&self.number) {
                queues.with_free_calls.insert(self.number, evicted);
            }
        }
    }

    /// A call of `tenant` on it is admitted: it is a candidate no more.
    pub(crate) fn makes_admitted_call(&self, tenant: impl FnOnce() -> Tenant) {
        if self.is_admitted() {
            return;
        }
        self.tenant.get_or_init(tenant);
        if self.shown.fetch_max(ADMITTED_CALL, Ordering::Relaxed) < ADMITTED_CALL {
            self.leave();
        }
    }

    /// Whose the first admitted call on it was, if one ever was admitted.
    pub(crate) fn tenant(&self) -> Option<&Tenant> {
        self.tenant.get()
    }

    /// Whether a call on it was ever admitted.
    pub(crate) fn is_admitted(&self) -> bool {
        self.shown.load(Ordering::Relaxed) == ADMITTED_CALL
    }

    /// A call begins, and is open as long as this lives. Once one is admitted,
    /// nobody needs to know.
    pub(crate) fn begin_call(self: &Arc<Self>) -> Option<OpenCall> {
        if self.is_admitted() {
            return None;
        }
        self.open_calls.fetch_add(1, Ordering::Relaxed);
        Some(OpenCall(Arc::clone(self)))
    }

    /// Since when there has been no call; none if one was ever admitted.
    pub(crate) fn without_call_since(&self) -> Option<Instant> {
        if self.is_admitted() {
            None
        } else if self.open_calls.load(Ordering::Relaxed) > 0 {
            Some(Instant::now())
        } else {
            Some(*lock(&self.last_call))
        }
    }

    fn leave(&self) {
        let mut queues = self.candidates.lock();
        queues.without_calls.remove(&self.number);
        queues.with_free_calls.remove(&self.number);
    }
}

impl Drop for Candidate {
    fn drop(&mut self) {
        if !self.is_admitted() {
            self.leave();
        }
    }
}

/// A call on a connection of which none was admitted before it.
#[derive(Debug)]
pub(crate) struct OpenCall(Arc<Candidate>);

impl Drop for OpenCall {
    fn drop(&mut self) {
        let Self(connection) = self;
        connection.open_calls.fetch_sub(1, Ordering::Relaxed);
        *lock(&connection.last_call) = Instant::now();
    }
}

/// No panic can leave what is locked here half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt as _;

    use super::*;

    fn is_evicted(candidate: &Candidate) -> bool {
        candidate.evicted().now_or_never().is_some()
    }

    // shows MFN-TRANS-027
    #[tokio::test]
    async fn those_without_calls_go_first_and_the_oldest_of_them() {
        let candidates = Candidates::default();
        let [free, idle, admitted, younger] = std::array::from_fn(|_| candidates.enter());
        free.makes_free_call();
        admitted.makes_free_call();
        admitted.makes_admitted_call(Tenant::default);
        for next in [&idle, &younger, &free] {
            assert!(candidates.evict_one());
            assert!(is_evicted(next));
        }
        assert!(!candidates.evict_one());
        assert!(!is_evicted(&admitted));
    }

    #[tokio::test]
    async fn who_has_closed_is_no_candidate() {
        let candidates = Candidates::default();
        let closed = candidates.enter();
        let open = candidates.enter();
        drop(closed);
        assert!(candidates.evict_one());
        assert!(is_evicted(&open));
        // A call may be let pass while its connection is told.
        open.makes_free_call();
        open.makes_admitted_call(Tenant::default);
        assert!(!candidates.evict_one());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_without_call_since_the_end_of_the_last() {
        let connection = Arc::new(Candidates::default().enter());
        let start = Instant::now();
        let seconds = Duration::from_secs;
        assert_eq!(connection.without_call_since(), Some(start));
        tokio::time::advance(seconds(10)).await;
        let call = connection.begin_call();
        tokio::time::advance(seconds(10)).await;
        assert_eq!(connection.without_call_since(), Some(start + seconds(20)));
        drop(call);
        tokio::time::advance(seconds(10)).await;
        assert_eq!(connection.without_call_since(), Some(start + seconds(20)));
        connection.makes_admitted_call(Tenant::default);
        assert_eq!(connection.without_call_since(), None);
        assert!(connection.begin_call().is_none());
    }
}
