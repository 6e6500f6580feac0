//! The budget of memory that callers may take: connections, states of
//! computations, answers until they are sent, and those that are kept for others.

mod account;
mod cache_part;
mod reservation;
mod streams;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::tenant::Tenant;
use account::{Account, Part};
use cache_part::CachePart;
pub(crate) use reservation::{Reservation, Taken};
pub(crate) use streams::{INCLUDED_STREAMS, StreamMemory, StreamPlaces, streams_part};

/// What needs fewer bytes has a part of the budget of its own, so that it need not
/// wait for what computes long.
pub(crate) const SMALL_BYTES: usize = 64 * 1024;
/// What a connection holds: the transport's buffers and tables for a few streams, the
/// state of TLS.
pub(crate) const CONNECTION_BYTES: usize = 64 * 1024;
/// The largest call: features of the largest grid, with inhibition.
pub(crate) const LARGEST_CALL_BYTES: usize = 52 * 1024 * 1024;

/// The part of the budget that is kept for what is small: one of so many.
const SMALL_PART: usize = 8;
/// What is at most one of so many parts of that may take of half of it, if there is
/// no room elsewhere.
const MEDIUM_PART: usize = 8;
/// The part that connections can take: one of so many.
const CONNECTIONS_PART: usize = 2;

/// How many connections have room in a budget of `total` bytes. They are all that
/// anyone can have without a key, so they must not take what computations need.
pub(crate) fn most_connections(total: usize) -> usize {
    total / CONNECTIONS_PART / CONNECTION_BYTES
}

/// The bytes of `total` that are kept for what is small.
pub(crate) fn small_part(total: usize) -> usize {
    total / SMALL_PART
}

/// A number of bytes, of which tenants reserve parts: what is small of one part of
/// them, what is large of the rest.
#[derive(Clone, Debug)]
pub(crate) struct Budget(Arc<Shared>);

struct Shared {
    total: usize,
    cache: CachePart,
    accounts: Mutex<Accounts>,
    released: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

#[derive(Default)]
struct Accounts {
    /// What is taken by those who cannot wait for it.
    standing: usize,
    small: Account,
    large: Account,
    /// Somebody was refused since bytes were last released.
    is_wanted: bool,
}

#[derive(Clone, Copy, Debug)]
enum Size {
    Small,
    Large,
}

impl Budget {
    /// `total` bytes, none of which are reserved, and none of which a cache may hold.
    #[cfg(test)]
    pub(crate) fn new(total: usize) -> Self {
        Self::with_cache(total, 0)
    }

    /// `total` bytes, none of which are reserved. A cache may hold `cache` of them, as long
    /// as the largest call has room beside it.
    pub(crate) fn with_cache(total: usize, cache: usize) -> Self {
        let cache = CachePart::new(total, cache);
        let (accounts, released) = (Mutex::default(), OnceLock::new());
        Self(Arc::new(Shared { total, cache, accounts, released }))
    }

    /// What a cache may hold now.
    pub(crate) fn cache_bytes(&self) -> usize {
        self.0.cache.bytes()
    }

    /// Calls `shrink` whenever a cache may hold less than before. Only the first such
    /// function is kept.
    pub(crate) fn on_less_for_cache(&self, shrink: impl Fn() + Send + Sync + 'static) {
        self.0.cache.on_less(shrink);
    }

    /// Calls `released` whenever a reservation is given back or shrunk after one
    /// was refused. Only the first such function is kept.
    pub(crate) fn on_release(&self, released: impl Fn() + Send + Sync + 'static) {
        self.0.released.set(Box::new(released)).ok();
    }

    /// Reserves `bytes` for `tenant`, if there is room.
    pub(crate) fn reserve(&self, tenant: &Tenant, bytes: usize) -> Option<Reservation> {
        let mut accounts = self.0.accounts();
        let Some(size) = self.0.find_room(&mut accounts, tenant, bytes) else {
            accounts.is_wanted = true;
            return None;
        };
        drop(accounts);
        let shared = Arc::clone(&self.0);
        Some(Reservation { shared, tenant: tenant.clone(), size, bytes: AtomicUsize::new(bytes) })
    }

    /// `tenant` does not ask again for `bytes` that it was refused.
    pub(crate) fn forget(&self, tenant: &Tenant, bytes: usize) {
        self.0.accounts().forget(tenant, bytes);
    }

    /// The same, and whoever waits is told, who may have left room for it.
    pub(crate) fn give_up(&self, tenant: &Tenant, bytes: usize) {
        self.0.release(|accounts| accounts.forget(tenant, bytes));
    }

    /// Takes `bytes` for what is there already, such as a connection, whether there
    /// is room or not. There is less for computations as long as it lasts.
    pub(crate) fn take(&self, bytes: usize) -> Taken {
        let mut accounts = self.0.accounts();
        accounts.standing += bytes;
        let is_less = self.0.cache.fit_beside(accounts.standing);
        drop(accounts);
        if is_less {
            self.0.cache.tell();
        }
        Taken { shared: Arc::clone(&self.0), bytes }
    }

    /// How many bytes there are.
    pub(crate) fn total(&self) -> usize {
        self.0.total
    }

    /// How many bytes are taken or reserved.
    pub(crate) fn held(&self) -> usize {
        let accounts = self.0.accounts();
        accounts.standing + accounts.reserved()
    }

    /// How many bytes are reserved.
    #[cfg(test)]
    pub(crate) fn reserved(&self) -> usize {
        self.0.accounts().reserved()
    }
}

impl Accounts {
    fn of(&mut self, size: Size) -> &mut Account {
        match size {
            Size::Small => &mut self.small,
            Size::Large => &mut self.large,
        }
    }

    fn forget(&mut self, tenant: &Tenant, bytes: usize) {
        self.small.forget(tenant);
        if bytes >= SMALL_BYTES {
            self.large.forget(tenant);
        }
    }

    fn reserved(&self) -> usize {
        self.small.reserved() + self.large.reserved()
    }
}

impl Shared {
    /// Reserves `bytes` in the part that has room for them.
    fn find_room(&self, accounts: &mut Accounts, tenant: &Tenant, bytes: usize) -> Option<Size> {
        let small = small_part(self.total);
        if bytes < SMALL_BYTES {
            let part = Part { size: small, negligible: 0 };
            return accounts.small.reserve(tenant, bytes, part).then_some(Size::Small);
        }
        let part = Part { size: self.large_part(accounts.standing), negligible: small };
        if accounts.large.reserve(tenant, bytes, part) {
            return Some(Size::Large);
        }
        // One call may have all of that part, and compute for hours. Those that are
        // not much larger than small ones go on beside it.
        let half = Part { size: small / 2, negligible: 0 };
        if bytes > small / MEDIUM_PART || !accounts.small.reserve(tenant, bytes, half) {
            accounts.small.forget(tenant);
            return None;
        }
        accounts.large.forget(tenant);
        Some(Size::Small)
    }

    /// What is left for what is large. Connections and their streams never take the
    /// whole budget.
    fn large_part(&self, standing: usize) -> usize {
        let most_standing = self.total / CONNECTIONS_PART + streams_part(self.total);
        self.total - small_part(self.total) - standing.min(most_standing) - self.cache.bytes()
    }

    /// It is right after every statement that changes it.
    fn accounts(&self) -> MutexGuard<'_, Accounts> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, tenant: &Tenant, size: Size, bytes: usize) {
        if bytes == 0 {
            return;
        }
        self.release(|accounts| accounts.of(size).give_back(tenant, bytes));
    }

    /// Makes a `change` that leaves room, and tells who waits for memory, if somebody
    /// does.
    fn release(&self, change: impl FnOnce(&mut Accounts)) {
        let mut accounts = self.accounts();
        change(&mut accounts);
        let is_wanted = std::mem::take(&mut accounts.is_wanted);
        // Who is told asks for memory again, so the lock must be free.
        drop(accounts);
        if is_wanted && let Some(released) = self.released.get() {
            released();
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reserved = self.accounts().reserved();
        f.debug_struct("Budget")
            .field("total", &self.total)
            .field("reserved", &reserved)
            .finish_non_exhaustive()
    }
}
