//! What is asked of the store, and what it answers.

use std::time::Duration;

use mfn_access::shared::{Question, SingleUse};

use crate::names::{CallId, KeyDigest};

/// How long the store counts a call as open after its last renewal. A server that has died
/// renews nothing.
pub(crate) const LEASE: Duration = Duration::from_secs(4);

/// A command to the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Admits a call, or says why not.
    Admit(Admit),
    /// Counts these calls of a key as open for another lease.
    Renew { key: KeyDigest, calls: Vec<CallId> },
    /// Counts them as open no longer.
    Release { key: KeyDigest, calls: Vec<CallId> },
    /// Does nothing, which shows that the store answers.
    Ping,
}

/// A call that wants to be admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Admit {
    pub(crate) key: KeyDigest,
    pub(crate) rps: u32,
    pub(crate) concurrent: u32,
    pub(crate) call: CallId,
    pub(crate) once: Option<SingleUse>,
}

impl Admit {
    pub(crate) fn new(question: &Question, call: CallId) -> Self {
        let &Question { ref key, rps, concurrent, once } = question;
        Self { key: KeyDigest::of(key), rps, concurrent, call, once }
    }

    /// Whether the call is one of those that its key may have open at once. The store is told
    /// nothing more of any other call.
    pub(crate) fn is_counted_while_open(&self) -> bool {
        self.concurrent > 0
    }
}

/// What the store answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The call is admitted, or the command is carried out.
    Done,
    ConcurrencyExceeded,
    SignatureUsed,
    SignatureTooOld,
    RateExceeded {
        wait: Duration,
    },
    /// As many signatures of the key as may be are remembered, and the oldest is forgotten
    /// after this.
    SignaturesFull {
        wait: Duration,
    },
    /// The command failed, and this is the store's error.
    Failed(String),
}
