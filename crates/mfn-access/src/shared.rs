//! Limits that several servers share: what a server asks of whoever counts for all of
//! them, and what it is told.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::keys::{Key, KeyId};
use crate::rate::RateExceeded;
use crate::replay::{NotOnce, capacity_for};
use crate::signature::Signature;
use crate::timestamp::{MAX_SKEW, Skew, Timestamp};

/// How much longer a signature is remembered than the clock of one server says that it
/// can be valid. The clocks of servers, and that of what remembers, differ.
const CLOCKS_DIFFER_BY: Duration = Duration::from_mins(1);

/// What counts the calls of a key at all servers together.
pub trait SharedLimits: fmt::Debug + Send + Sync {
    /// Asks whether a call is admitted. If it is, it has been charged, its signature is
    /// used up, and it is open until the permit is dropped.
    fn admit(&self, question: Question) -> PendingVerdict;

    /// Counts a call as open that this server has admitted by itself. It is counted from the
    /// time when limits are shared again, until the permit is dropped.
    fn open_unasked(&self, key: &KeyId) -> SharedPermit;

    /// Whether questions are answered at present, as far as is known.
    fn is_available(&self) -> bool;
}

/// The verdict to come. It comes within a bounded time.
pub type PendingVerdict = Pin<Box<dyn Future<Output = Result<Verdict, Unavailable>> + Send>>;

/// Whether a call of `key` is admitted.
#[derive(Clone, Debug)]
pub struct Question {
    /// Who calls.
    pub key: KeyId,
    /// Calls in any second; 0 means no limit.
    pub rps: u32,
    /// Calls at once; 0 means no limit.
    pub concurrent: u32,
    /// What is to serve this call and no other.
    pub once: Option<SingleUse>,
}

impl Question {
    /// A call of `key`, signed with `once` if that is to serve a single call.
    #[must_use]
    pub fn new(key: &Key, once: Option<SingleUse>) -> Self {
        let limits = key.limits();
        Self { key: key.id().clone(), rps: limits.rps, concurrent: limits.concurrent, once }
    }

    /// Whether there is anything that could be refused.
    #[must_use]
    pub fn limits_anything(&self) -> bool {
        self.rps > 0 || self.concurrent > 0 || self.once.is_some()
    }
}

/// A signature that is to serve one call at all servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SingleUse {
    /// Half of the SHA-256 of the signature: it names it, and nobody can call with it.
    pub digest: [u8; 16],
    /// What it signs.
    pub timestamp: Timestamp,
    /// For how long it must be remembered.
    pub lasts: Duration,
    /// How many signatures of its key are remembered at once.
    pub capacity: usize,
}

impl SingleUse {
    /// The longest time for which a signature must be remembered.
    pub const LONGEST: Duration =
        Duration::from_secs(2 * MAX_SKEW.as_secs() + CLOCKS_DIFFER_BY.as_secs() + 1);

    /// A signature of a key of `rps` calls a second, whose timestamp is ahead of the server's
    /// time by `skew`.
    pub(crate) fn new(signature: &Signature, timestamp: Timestamp, skew: Skew, rps: u32) -> Self {
        let mut digest = [0; 16];
        digest.copy_from_slice(&Sha256::digest(signature.as_bytes())[..16]);
        let lasts = skew.until_past() + CLOCKS_DIFFER_BY;
        Self { digest, timestamp, lasts, capacity: capacity_for(rps, Self::LONGEST) }
    }
}

/// Whether a call is admitted, and why not.
#[derive(Debug)]
pub enum Verdict {
    /// It is admitted.
    Admitted(SharedPermit),
    /// The key has as many calls open as it may.
    ConcurrencyExceeded,
    /// The signature was used before, or cannot be remembered.
    NotOnce(NotOnce),
    /// The signature is older than the memory of used ones, so it may have been used.
    SignatureTooOld,
    /// The key was charged as many calls of a second as it may.
    RateExceeded(RateExceeded),
}

/// A call is open at all servers until this is dropped.
#[must_use = "the call counts as open until this is dropped"]
pub struct SharedPermit(
    #[expect(dead_code, reason = "it is there to be dropped")] Box<dyn Any + Send + Sync>,
);

impl SharedPermit {
    /// A permit that is given back when `guard` is dropped.
    pub fn new(guard: impl Any + Send + Sync) -> Self {
        Self(Box::new(guard))
    }
}

impl fmt::Debug for SharedPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedPermit(..)")
    }
}

/// Why there is no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// What counts could not be reached before this call came.
    #[error("it cannot be reached")]
    Away,
    /// It did not answer in time.
    #[error("it did not answer in time")]
    Timeout,
    /// The connection to it broke.
    #[error("the connection to it broke")]
    Broken,
    /// It answered with an error.
    #[error("it answered with an error")]
    Failed,
}

impl Unavailable {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Away, Self::Timeout, Self::Broken, Self::Failed];

    /// Its name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Away => "away",
            Self::Timeout => "timeout",
            Self::Broken => "broken",
            Self::Failed => "failed",
        }
    }
}
