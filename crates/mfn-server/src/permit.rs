//! What an admitted call holds.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use http::Extensions;
use mfn_access::shared::SharedPermit;
use mfn_access::{ConcurrencyPermit, Key};

use crate::cost::Cost;
use crate::memory::{Reservation, SMALL_BYTES};
use crate::tenant::Tenant;

/// One of the calls that its key may have at once, and memory. The answer's body and
/// the computation share it, and both are given back when the last of the two has
/// dropped it. It is empty for a call that is charged to nobody.
#[derive(Clone, Debug, Default)]
pub(crate) struct Permit(Option<Arc<Admitted>>);

#[derive(Debug)]
struct Admitted {
    key: Arc<Key>,
    /// Tells callers apart where they have no keys.
    peer: Option<SocketAddr>,
    _concurrency: ConcurrencyPermit,
    /// The same at all servers together, if they share their limits.
    _shared: Option<SharedPermit>,
    memory: OnceLock<Arc<Reservation>>,
}

impl Permit {
    /// That of a call of `key`, from this `peer` if all callers share the key.
    pub(crate) fn new(
        key: Arc<Key>,
        peer: Option<SocketAddr>,
        concurrency: ConcurrencyPermit,
        shared: Option<SharedPermit>,
    ) -> Self {
        Self(Some(Arc::new(Admitted {
            key,
            peer,
            _concurrency: concurrency,
            _shared: shared,
            memory: OnceLock::new(),
        })))
    }

    #[cfg(test)]
    pub(crate) fn for_test(key: Arc<Key>) -> Self {
        let concurrency = key.acquire().expect("a permit is left");
        Self::new(key, None, concurrency, None)
    }

    /// What the call of these extensions holds, which may be nothing.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// Whether the call is charged to somebody.
    pub(crate) fn is_charged(&self) -> bool {
        self.0.is_some()
    }

    /// Who is served by the call's computation.
    pub(crate) fn tenant(&self) -> Tenant {
        match &self.0 {
            Some(call) if call.peer.is_none() => Tenant::Key(call.key.id().clone()),
            Some(call) => Tenant::Connection(call.peer),
            None => Tenant::default(),
        }
    }

    /// What the call may be expected to take, if there is a limit.
    pub(crate) fn max_cost(&self) -> Option<Cost> {
        let seconds = self.0.as_ref()?.key.limits().max_cost;
        (seconds > 0).then(|| Cost::seconds(seconds))
    }

    /// Workers that the tenant may have while others wait, if that is set.
    pub(crate) fn worker_share(&self) -> Option<usize> {
        let share = self.0.as_ref()?.key.limits().worker_share;
        (share > 0).then_some(share as usize)
    }

    /// Keeps `reservation` with the call, until its answer and its computation
    /// have both dropped this. A call keeps one.
    pub(crate) fn keep(&self, reservation: Arc<Reservation>) {
        if let Some(call) = &self.0 {
            call.memory.set(reservation).ok();
        }
    }

    /// The reservation that is kept with the call.
    pub(crate) fn memory(&self) -> Option<&Arc<Reservation>> {
        self.0.as_ref().and_then(|call| call.memory.get())
    }

    /// Whether others may have to wait for the memory that the call holds.
    pub(crate) fn holds_much_memory(&self) -> bool {
        self.memory().is_some_and(|memory| memory.bytes() >= SMALL_BYTES)
    }
}
