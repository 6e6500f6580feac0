//! The budget of memory that calls may take: states of computations, and
//! answers until they are sent.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;

use crate::tenant::Tenant;

/// What needs fewer bytes always has room: it is soon done, and the number of
/// calls at once bounds it.
pub(crate) const SMALL_BYTES: usize = 64 * 1024;
/// What a connection holds: the transport's buffers and tables, the state of TLS,
/// the heads of some calls.
pub(crate) const CONNECTION_BYTES: usize = 64 * 1024;

/// A number of bytes, of which tenants reserve parts.
///
/// A tenant may hold as much as it leaves free (the dynamic thresholds of
/// Choudhury and Hahne, IEEE/ACM Trans. Networking 6, 1998, 130-140). So one
/// alone holds at most half, two hold at most a third each, and there is always
/// something left for a tenant that comes next. What computes for hours cannot
/// be made to give memory back, so it must not have taken all of it before.
#[derive(Clone, Debug)]
pub(crate) struct Budget(Arc<Shared>);

struct Shared {
    total: usize,
    accounts: Mutex<Accounts>,
    released: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

#[derive(Default)]
struct Accounts {
    /// What is taken by those who cannot wait for it.
    standing: usize,
    reserved: usize,
    by_tenant: HashMap<Tenant, usize>,
    /// Somebody was refused since bytes were last released.
    is_wanted: bool,
}

impl Budget {
    /// `total` bytes, none of which are reserved.
    pub(crate) fn new(total: usize) -> Self {
        Self(Arc::new(Shared { total, accounts: Mutex::default(), released: OnceLock::new() }))
    }

    /// Calls `released` whenever a reservation is given back or shrunk after one
    /// was refused. Only the first such function is kept.
    pub(crate) fn on_release(&self, released: impl Fn() + Send + Sync + 'static) {
        self.0.released.set(Box::new(released)).ok();
    }

    /// Reserves `bytes` for `tenant`, if there is room. Few bytes always have
    /// room. So has the first reservation of a tenant if it fits at all, and
    /// whatever is the only one: nothing is too large for ever.
    pub(crate) fn reserve(&self, tenant: &Tenant, bytes: usize) -> Option<Reservation> {
        let mut accounts = self.0.accounts();
        let held = accounts.by_tenant.get(tenant).copied().unwrap_or(0);
        let reserved_then = accounts.reserved.saturating_add(bytes);
        let free = self.0.total.saturating_sub(accounts.standing);
        let free_then = free.checked_sub(reserved_then);
        let has_room = free_then.is_some_and(|free| held == 0 || held + bytes <= free);
        if bytes >= SMALL_BYTES && accounts.reserved > 0 && !has_room {
            accounts.is_wanted = true;
            return None;
        }
        accounts.reserved += bytes;
        if bytes > 0 {
            *accounts.by_tenant.entry(tenant.clone()).or_default() += bytes;
        }
        drop(accounts);
        let shared = Arc::clone(&self.0);
        Some(Reservation { shared, tenant: tenant.clone(), bytes: AtomicUsize::new(bytes) })
    }

    /// Takes `bytes` for what is there already, such as a connection, whether there
    /// is room or not. There is less for computations as long as it lasts.
    pub(crate) fn take(&self, bytes: usize) -> Taken {
        self.0.accounts().standing += bytes;
        Taken { shared: Arc::clone(&self.0), bytes }
    }

    /// How many bytes are reserved.
    #[cfg(test)]
    pub(crate) fn reserved(&self) -> usize {
        self.0.accounts().reserved
    }
}

impl Shared {
    /// It is right after every statement that changes it.
    fn accounts(&self) -> MutexGuard<'_, Accounts> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, tenant: &Tenant, bytes: usize) {
        if bytes == 0 {
            return;
        }
        let mut accounts = self.accounts();
        accounts.reserved -= bytes;
        if let Some(held) = accounts.by_tenant.get_mut(tenant) {
            *held -= bytes;
            if *held == 0 {
                accounts.by_tenant.remove(tenant);
            }
        }
        let is_wanted = std::mem::take(&mut accounts.is_wanted);
        // Who is told asks for memory again, so the lock must be free.
        drop(accounts);
        self.tell(is_wanted);
    }

    /// Tells who waits for memory that there is some, if somebody does.
    fn tell(&self, is_wanted: bool) {
        if is_wanted && let Some(released) = self.released.get() {
            released();
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reserved = self.accounts().reserved;
        f.debug_struct("Budget")
            .field("total", &self.total)
            .field("reserved", &reserved)
            .finish_non_exhaustive()
    }
}

/// Bytes that are taken until this is dropped.
#[derive(Debug)]
#[must_use = "the bytes are given back when this is dropped"]
pub(crate) struct Taken {
    shared: Arc<Shared>,
    bytes: usize,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut accounts = self.shared.accounts();
        accounts.standing -= self.bytes;
        let is_wanted = std::mem::take(&mut accounts.is_wanted);
        drop(accounts);
        self.shared.tell(is_wanted);
    }
}

/// Bytes that are reserved until this is dropped.
#[derive(Debug)]
#[must_use = "the bytes are given back when this is dropped"]
pub(crate) struct Reservation {
    shared: Arc<Shared>,
    tenant: Tenant,
    bytes: AtomicUsize,
}

impl Reservation {
    /// How many bytes are reserved.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Gives back so many bytes, or all if fewer are reserved.
    pub(crate) fn shrink_by(&self, bytes: usize) {
        let left = |before: usize| Some(before.saturating_sub(bytes));
        let before = self.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
        let before = before.unwrap_or_else(|unchanged| unchanged);
        self.shared.give_back(&self.tenant, before.min(bytes));
    }

    /// `data`, which is a part of what the bytes are reserved for: its length is
    /// given back when it is dropped.
    pub(crate) fn until_dropped(self: &Arc<Self>, data: Bytes) -> Bytes {
        Bytes::from_owner(Part { data, memory: Arc::clone(self) })
    }

    /// Gives back all but `bytes`, if more are reserved.
    pub(crate) fn shrink_to(&self, bytes: usize) {
        let before = self.bytes.fetch_min(bytes, Ordering::Relaxed);
        self.shared.give_back(&self.tenant, before.saturating_sub(bytes));
    }
}

/// A part of what bytes are reserved for.
struct Part {
    data: Bytes,
    memory: Arc<Reservation>,
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.memory.shrink_by(self.data.len());
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.shared.give_back(&self.tenant, *self.bytes.get_mut());
    }
}

#[cfg(test)]
mod tests {
    use mfn_access::KeyId;

    use super::*;

    const TOTAL: usize = 100 * SMALL_BYTES;

    fn tenant(name: &str) -> Tenant {
        Tenant::Key(KeyId::new(name).expect("an id"))
    }

    #[test]
    fn what_is_small_always_has_room_and_what_is_large_waits_for_it() {
        let (budget, a) = (Budget::new(TOTAL), tenant("a"));
        let all = budget.reserve(&a, TOTAL).expect("nothing is reserved");
        assert!(budget.reserve(&a, SMALL_BYTES).is_none());
        let small = budget.reserve(&a, SMALL_BYTES - 1).expect("small");
        assert_eq!(budget.reserved(), TOTAL + SMALL_BYTES - 1);
        drop((all, small));
        assert_eq!(budget.reserved(), 0);
        assert!(budget.reserve(&a, SMALL_BYTES).is_some());
    }

    #[test]
    fn what_is_reserved_for_an_answer_is_given_back_with_its_parts() {
        let budget = Budget::new(TOTAL);
        let all = Arc::new(budget.reserve(&tenant("a"), SMALL_BYTES).expect("room"));
        let parts = Bytes::from(vec![0; SMALL_BYTES]);
        let [first, second] = [0..100, 100..SMALL_BYTES].map(|range| parts.slice(range));
        let [first, second] = [first, second].map(|part| all.until_dropped(part));
        drop((all, parts));
        // The transport cuts off what it has sent, and keeps the rest.
        let rest = first.slice(50..);
        drop(first);
        assert_eq!(budget.reserved(), SMALL_BYTES);
        drop(rest);
        assert_eq!(budget.reserved(), SMALL_BYTES - 100);
        drop(second);
        assert_eq!(budget.reserved(), 0);
    }

    #[test]
    fn more_than_the_budget_has_room_alone() {
        let (budget, a) = (Budget::new(TOTAL), tenant("a"));
        let beside = budget.reserve(&a, SMALL_BYTES).expect("room");
        assert!(budget.reserve(&a, usize::MAX / 2).is_none());
        drop(beside);
        let alone = budget.reserve(&a, usize::MAX / 2).expect("nothing else is reserved");
        assert!(budget.reserve(&tenant("b"), SMALL_BYTES).is_none());
        drop(alone);
        assert_eq!(budget.reserved(), 0);
    }

    #[test]
    fn what_is_taken_leaves_less_room_and_yet_the_only_reservation_fits() {
        let (budget, a) = (Budget::new(TOTAL), tenant("a"));
        let connections = budget.take(TOTAL / 2);
        let half = budget.reserve(&a, TOTAL / 2).expect("as much is left");
        assert!(budget.reserve(&tenant("b"), SMALL_BYTES).is_none());
        drop(connections);
        let beside = budget.reserve(&tenant("b"), SMALL_BYTES).expect("there is room");
        drop((half, beside));
        let _connections = budget.take(2 * TOTAL);
        assert!(budget.reserve(&a, TOTAL).is_some());
    }

    #[test]
    fn one_tenant_holds_at_most_half_and_several_leave_room_for_another() {
        let budget = Budget::new(TOTAL);
        // As much as it gets, bit by bit.
        let take_all = |name| {
            let tenant = tenant(name);
            let held = std::iter::from_fn(|| budget.reserve(&tenant, SMALL_BYTES));
            held.collect::<Vec<_>>()
        };
        let a = take_all("a");
        assert_eq!(budget.reserved(), TOTAL / 2);
        let b = take_all("b");
        let c = take_all("c");
        let taken = [&a, &b, &c].map(Vec::len);
        assert_eq!(taken, [50, 25, 12]);
        // A newcomer's first has room if it fits.
        let free = TOTAL - budget.reserved();
        let _d = budget.reserve(&tenant("d"), free).expect("it fits");
    }

    #[test]
    fn who_was_refused_is_told_when_bytes_are_given_back() {
        let (budget, a) = (Budget::new(TOTAL), tenant("a"));
        let told = Arc::new(AtomicUsize::new(0));
        let telling = Arc::clone(&told);
        budget.on_release(move || {
            telling.fetch_add(1, Ordering::Relaxed);
        });
        let told = || told.load(Ordering::Relaxed);
        drop(budget.reserve(&a, TOTAL));
        assert_eq!(told(), 0, "nobody was refused");
        let all = budget.reserve(&a, TOTAL).expect("all is free");
        assert!(budget.reserve(&a, SMALL_BYTES).is_none());
        all.shrink_to(TOTAL);
        assert_eq!(told(), 0, "nothing was given back");
        all.shrink_to(SMALL_BYTES);
        assert_eq!((told(), budget.reserved()), (1, SMALL_BYTES));
        all.shrink_to(TOTAL);
        assert_eq!(budget.reserved(), SMALL_BYTES, "it does not grow");
        all.shrink_by(SMALL_BYTES - 1);
        assert_eq!((all.bytes(), budget.reserved()), (1, 1));
        all.shrink_by(SMALL_BYTES);
        assert_eq!((all.bytes(), budget.reserved()), (0, 0), "no more than it holds");
    }
}
