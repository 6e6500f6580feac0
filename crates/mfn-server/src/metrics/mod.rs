//! What is counted of calls and connections, for whoever operates the server.
//!
//! Each network thread has counters of its own, which nobody else writes to, so that
//! counting shares nothing on the way of a call. They are added up when they are
//! asked for (`admin`).

mod call;
mod codes;
mod connections;
mod histogram;
mod key_calls;
mod method_table;
mod reasons;
mod thread_counters;

use std::sync::{Arc, Mutex, PoisonError};

pub(crate) use call::CountedCall;
pub(crate) use codes::CODES;
pub(crate) use connections::ConnectionCounts;
pub(crate) use histogram::{AtomicHistogram, BUCKETS, Histogram};
pub(crate) use method_table::{MethodLabels, MethodTable, ServedService};
pub(crate) use thread_counters::{MethodTotals, ThreadCounters, Totals};

/// The counters of a server.
#[derive(Debug)]
pub(crate) struct Metrics {
    methods: Arc<MethodTable>,
    threads: Mutex<Vec<Arc<ThreadCounters>>>,
    connections: Arc<ConnectionCounts>,
}

impl Metrics {
    /// All at zero, for calls of these `methods`, and connections counted by
    /// `connections`.
    pub(crate) fn new(methods: MethodTable, connections: Arc<ConnectionCounts>) -> Self {
        Self { methods: Arc::new(methods), threads: Mutex::default(), connections }
    }

    /// The counters of a further network thread.
    pub(crate) fn of_a_thread(&self) -> Arc<ThreadCounters> {
        let counters = Arc::new(ThreadCounters::new(Arc::clone(&self.methods)));
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.push(Arc::clone(&counters));
        counters
    }

    /// The labels of every method, in the order of [`Totals::methods`].
    pub(crate) fn methods(&self) -> &MethodTable {
        &self.methods
    }

    /// What was counted of connections.
    pub(crate) fn connections(&self) -> &ConnectionCounts {
        &self.connections
    }

    /// The sums of all threads, as they are now.
    pub(crate) fn totals(&self) -> Totals {
        let mut totals = Totals::of(&self.methods);
        for counters in self.threads.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            counters.add_to(&mut totals);
        }
        totals
    }
}

#[cfg(test)]
mod tests;
