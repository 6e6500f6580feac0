//! The calls that this server has open, and has to tell the store of again and again.

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
    /// By when the store was told last.
    open: HashMap<KeyDigest, HashMap<CallId, Told>>,
    /// Calls that are over, or that nobody waits for any more, which the store is to
    /// learn.
    over: HashMap<KeyDigest, Vec<CallId>>,
}

/// When the store was told of a call; never, if this server alone has admitted it.
type Told = Option<Instant>;

impl Leases {
    /// The call is open, and the store knows since `told`.
    pub(crate) fn open(&mut self, key: KeyDigest, call: CallId, told: Told) {
        self.open.entry(key).or_default().insert(call, told);
    }

    /// The call is over, or has never been one. The store may think otherwise.
    pub(crate) fn close(&mut self, key: KeyDigest, call: CallId) {
        if let Some(calls) = self.open.get_mut(&key) {
            calls.remove(&call);
            if calls.is_empty() {
                self.open.remove(&key);
            }
        }
        self.over.entry(key).or_default().push(call);
    }

    /// What the store has to be told of calls that are over.
    pub(crate) fn releases(&mut self) -> Vec<Command> {
        let over = self.over.drain().flat_map(|(key, calls)| {
            let parts = calls.chunks(MAX_CALLS).map(<[CallId]>::to_vec).collect::<Vec<_>>();
            parts.into_iter().map(move |calls| Command::Release { key, calls })
        });
        over.collect()
    }

    /// What the store has to be told again at `now`. With `all` it may have forgotten
    /// everything.
    pub(crate) fn renewals(&mut self, now: Instant, all: bool) -> Vec<Command> {
        let mut renewals = Vec::new();
        for (key, calls) in &mut self.open {
            let is_due = |told: &Told| {
                all || told.is_none_or(|told| now.duration_since(told) >= RENEW_AFTER)
            };
            let due: Vec<_> = calls
                .iter_mut()
                .filter(|(_, told)| is_due(told))
                .map(|(call, told)| {
                    *told = Some(now);
                    *call
                })
                .collect();
            let parts = due.chunks(MAX_CALLS);
            renewals.extend(parts.map(|calls| Command::Renew { key: *key, calls: calls.to_vec() }));
        }
        renewals
    }

    /// Forgets what the store was to be told, once it has forgotten the calls by itself.
    pub(crate) fn forget_over(&mut self, silent_for: Duration) {
        if silent_for > LEASE {
            self.over.clear();
        }
    }
}
