//! What is asked of the store, and what it answers.

use std::time::Duration;

use mfn_access::shared::{Question, SingleUse};

use crate::names::{CallId, KeyDigest};

/// How long the store counts a call as open that nobody renews. A server that has died
/// renews nothing.
pub(crate) const LEASE: Duration = Duration::from_secs(4);

/// One thing that is asked of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Whether a call is admitted.
    Admit(Admit),
    /// That these calls of a key are still open.
    Renew { key: KeyDigest, calls: Vec<CallId> },
    /// That they are not.
    Release { key: KeyDigest, calls: Vec<CallId> },
    /// Whether anyone is there.
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
}

/// What the store answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The call is admitted, or what was asked is done.
    Done,
    ConcurrencyExceeded,
    SignatureUsed,
    SignatureTooOld,
    RateExceeded {
        wait: Duration,
    },
    /// It has an error instead.
    Failed(String),
}
