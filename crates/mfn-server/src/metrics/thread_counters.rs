//! The counters of one network thread, and the sums of all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mfn_access::KeyId;
use tonic::Code;

use super::codes::CODES;
use super::histogram::{AtomicHistogram, Histogram};
use super::key_calls::KeyCalls;
use super::method_table::MethodTable;
use super::reasons::ReasonCounts;
use crate::counted::Open;
use crate::error::REASONS;

/// Counters that one thread writes, and that are read now and then.
#[derive(Debug)]
pub(crate) struct ThreadCounters {
    table: Arc<MethodTable>,
    methods: Box<[MethodCounters]>,
    refused: ReasonCounts,
    keys: KeyCalls,
    open: Open,
}

/// Aligned so that it shares no line of the cache with the counters of another
/// thread. Processors fetch lines in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
struct MethodCounters {
    started: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
    handled: [AtomicU64; CODES.len()],
    handling: AtomicHistogram,
}

/// The sums of all threads.
#[derive(Debug)]
pub(crate) struct Totals {
    /// By the methods' numbers.
    pub(crate) methods: Vec<MethodTotals>,
    /// By the numbers of [`REASONS`].
    pub(crate) refused: [u64; REASONS.len()],
    /// By the numbers of [`CODES`].
    pub(crate) keys: BTreeMap<KeyId, [u64; CODES.len()]>,
    /// Calls that are open now.
    pub(crate) open: usize,
}

/// What was counted of one method.
#[derive(Clone, Debug, Default)]
pub(crate) struct MethodTotals {
    pub(crate) started: u64,
    pub(crate) received: u64,
    pub(crate) sent: u64,
    /// By the numbers of [`CODES`].
    pub(crate) handled: [u64; CODES.len()],
    pub(crate) handling: Histogram,
}

impl ThreadCounters {
    pub(super) fn new(table: Arc<MethodTable>) -> Self {
        let methods = table.labels().map(|_| MethodCounters::default()).collect();
        let (refused, keys, open) = Default::default();
        Self { table, methods, refused, keys, open }
    }

    /// The calls of this thread whose streams are open.
    pub(crate) fn open(&self) -> &Open {
        &self.open
    }

    /// Counts a call to `path` as started: the number of its method.
    pub(super) fn start(&self, path: &str) -> usize {
        let method = self.table.number_of(path);
        self.methods[method].started.fetch_add(1, Ordering::Relaxed);
        method
    }

    pub(super) fn receive(&self, method: usize) {
        self.methods[method].received.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn send(&self, method: usize, messages: u64) {
        self.methods[method].sent.fetch_add(messages, Ordering::Relaxed);
    }

    /// Counts a call as handled, which has taken so long.
    pub(super) fn end(&self, method: usize, code: Code, took: Duration) {
        let counters = &self.methods[method];
        counters.handling.observe(took);
        // Who reads this one sees what was counted of the call before.
        counters.handled[code as usize].fetch_add(1, Ordering::Release);
    }

    pub(super) fn refuse(&self, reason: &str) {
        self.refused.count(reason);
    }

    pub(super) fn of_key(&self, key: &KeyId, code: Code) {
        self.keys.count(key, code);
    }

    /// What comes later in a call is read first, so that a call which is open no more has
    /// been counted as handled.
    pub(super) fn add_to(&self, totals: &mut Totals) {
        totals.open += self.open.count();
        for (counters, totals) in self.methods.iter().zip(&mut totals.methods) {
            counters.add_to(totals);
        }
        self.refused.add_to(&mut totals.refused);
        self.keys.add_to(&mut totals.keys);
    }
}

impl MethodCounters {
    fn add_to(&self, totals: &mut MethodTotals) {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        // No more calls seem to have ended than have begun.
        self.handling.add_to(&mut totals.handling);
        for (handled, total) in self.handled.iter().zip(&mut totals.handled) {
            *total += handled.load(Ordering::Acquire);
        }
        totals.sent += count(&self.sent);
        totals.received += count(&self.received);
        totals.started += count(&self.started);
    }
}

impl Totals {
    /// All at zero.
    pub(super) fn of(table: &MethodTable) -> Self {
        let methods = table.labels().map(|_| MethodTotals::default()).collect();
        Self { methods, refused: [0; REASONS.len()], keys: BTreeMap::new(), open: 0 }
    }
}
