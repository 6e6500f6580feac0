//! A job, as the schedule sees it.

use std::time::Duration;

use crate::memory::{Reservation, SMALL_BYTES};
use crate::tenant::Tenant;

/// A call that is expected to take longer is long: those of its tenant that are
/// short go first.
const SHORT: Duration = Duration::from_millis(1);

/// What is known of a job before it runs.
#[derive(Clone, Debug)]
pub(in crate::compute) struct Request {
    pub(in crate::compute) tenant: Tenant,
    /// Workers that the tenant may have while others wait.
    pub(in crate::compute) share: usize,
    /// A call may have several jobs.
    pub(in crate::compute) call: u64,
    /// When the call came.
    pub(in crate::compute) since: Duration,
    /// What the whole call is expected to take.
    pub(in crate::compute) call_cost: Duration,
    /// What this job is expected to take.
    pub(in crate::compute) cost: Duration,
    /// Memory that it is to have before it starts.
    pub(in crate::compute) bytes: usize,
}

/// A piece of work of a call, while it does not run. What it does is `work`.
#[derive(Debug)]
pub(in crate::compute) struct Job<W> {
    pub(in crate::compute) number: u64,
    pub(in crate::compute) work: W,
    /// It has some from its start on.
    pub(in crate::compute) memory: Option<Reservation>,
    pub(in crate::compute) request: Request,
    pub(super) order: Order,
    /// What it is expected to take from now on.
    pub(super) cost: Duration,
    /// Time that it has run since others of its tenant last went before it.
    pub(super) ran: Duration,
    pub(super) has_started: bool,
}

/// The place of a job among those of its tenant: by the time since which it waits
/// for its turn, and the jobs of one call in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order {
    pub(super) since: Duration,
    pub(super) number: u64,
}

impl<W> Job<W> {
    /// A job that has not started. No other has its number.
    pub(in crate::compute) fn new(number: u64, request: Request, work: W) -> Self {
        let order = Order { since: request.since, number };
        let cost = request.cost;
        let (ran, has_started) = (Duration::ZERO, false);
        Self { number, work, memory: None, request, order, cost, ran, has_started }
    }

    pub(in crate::compute) fn is_long(&self) -> bool {
        self.request.call_cost > SHORT
    }

    pub(super) fn is_large(&self) -> bool {
        self.request.bytes >= SMALL_BYTES
    }
}
