//! Bytes of the budget that somebody has.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use super::{Shared, Size};
use crate::tenant::Tenant;

/// Bytes that are taken until this is dropped.
#[derive(Debug)]
#[must_use = "the bytes are given back when this is dropped"]
pub(crate) struct Taken {
    pub(super) shared: Arc<Shared>,
    pub(super) bytes: usize,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.shared.release(|accounts| {
            accounts.standing -= self.bytes;
            self.shared.cache.fit_beside(accounts.standing);
        });
    }
}

/// Bytes that are reserved until this is dropped.
#[derive(Debug)]
#[must_use = "the bytes are given back when this is dropped"]
pub(crate) struct Reservation {
    pub(super) shared: Arc<Shared>,
    pub(super) tenant: Tenant,
    pub(super) size: Size,
    pub(super) bytes: AtomicUsize,
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
        self.shared.give_back(&self.tenant, self.size, before.min(bytes));
    }

    /// `data`, which is a part of what the bytes are reserved for: its length is
    /// given back when it is dropped.
    pub(crate) fn until_dropped(self: &Arc<Self>, data: Bytes) -> Bytes {
        Bytes::from_owner(Piece { data, memory: Arc::clone(self) })
    }

    /// Gives back all but `bytes`, if more are reserved.
    pub(crate) fn shrink_to(&self, bytes: usize) {
        let before = self.bytes.fetch_min(bytes, Ordering::Relaxed);
        self.shared.give_back(&self.tenant, self.size, before.saturating_sub(bytes));
    }
}

/// A piece of what bytes are reserved for.
struct Piece {
    data: Bytes,
    memory: Arc<Reservation>,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.memory.shrink_by(self.data.len());
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.shared.give_back(&self.tenant, self.size, *self.bytes.get_mut());
    }
}
