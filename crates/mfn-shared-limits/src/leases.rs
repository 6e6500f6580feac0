//! The calls that this server has open, each of which is a lease at the store.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::command::{Command, LEASE};
use crate::names::{CallId, KeyDigest};

/// How old a lease is at least when it is renewed. Renewals are looked for as often, so
/// it is at most twice as old: half of [`LEASE`].
pub(crate) const RENEW_AFTER: Duration = Duration::from_secs(1);
/// Most calls in one command: what the store does at once should be short.
const MAX_CALLS: usize = 256;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Leases {
    /// The open calls of each key, with the time when the store was told of each last.
    open: HashMap<KeyDigest, HashMap<CallId, LastRenewal>>,
    /// Calls that are over, or that nobody waits for any more. The store has not been told
    /// of that.
    over: HashMap<KeyDigest, Vec<CallId>>,
}

/// When the store was told of a call. It never was if this server has admitted it alone.
type LastRenewal = Option<Instant>;

impl Leases {
    /// The call is open, and the store was told of it at `renewed`.
    pub(crate) fn open(&mut self, key: KeyDigest, call: CallId, renewed: LastRenewal) {
        self.open.entry(key).or_default().insert(call, renewed);
    }

    /// The call is over, or was never admitted. The store may count it all the same.
    pub(crate) fn close(&mut self, key: KeyDigest, call: CallId) {
        if let Some(calls) = self.open.get_mut(&key) {
            calls.remove(&call);
            if calls.is_empty() {
                self.open.remove(&key);
            }
        }
        self.over.entry(key).or_default().push(call);
    }

    /// Commands that tell the store of the calls that are over.
    pub(crate) fn releases(&mut self) -> Vec<Command> {
        let over = self.over.drain().flat_map(|(key, calls)| {
            let parts = calls.chunks(MAX_CALLS).map(<[CallId]>::to_vec).collect::<Vec<_>>();
            parts.into_iter().map(move |calls| Command::Release { key, calls })
        });
        over.collect()
    }

    /// Commands that renew what is due at `now`, or everything with `all`, since the store may
    /// have forgotten it.
    pub(crate) fn renewals(&mut self, now: Instant, all: bool) -> Vec<Command> {
        let mut renewals = Vec::new();
        for (key, calls) in &mut self.open {
            let is_due = |renewed: &LastRenewal| {
                all || renewed.is_none_or(|at| now.duration_since(at) >= RENEW_AFTER)
            };
            let due: Vec<_> = calls
                .iter_mut()
                .filter(|(_, renewed)| is_due(renewed))
                .map(|(call, renewed)| {
                    *renewed = Some(now);
                    *call
                })
                .collect();
            let parts = due.chunks(MAX_CALLS);
            renewals.extend(parts.map(|calls| Command::Renew { key: *key, calls: calls.to_vec() }));
        }
        renewals
    }

    /// Forgets the calls that are over, once the store has forgotten them by itself.
    pub(crate) fn forget_over(&mut self, silent_for: Duration) {
        if silent_for > LEASE {
            self.over.clear();
        }
    }
}
