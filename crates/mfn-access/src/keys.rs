//! Keys: what they may call, and what their calls have been charged.

mod service;
mod set;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::concurrency::{ConcurrencyExceeded, ConcurrencyLimit, ConcurrencyPermit};
use crate::hex;
use crate::rate::{RateExceeded, SlidingWindow};
use crate::replay::{NotOnce, UsedSignatures, capacity};
use crate::signature::Signature;
use crate::timestamp::Timestamp;

pub use crate::secret::{BadSecret, MAX_SECRET_BYTES, Secret};
pub use service::{Service, Services};
pub use set::{KeySet, KeySetError, MAX_KEYS};

/// Longest id of a key, in bytes.
pub const MAX_ID_BYTES: usize = 64;
/// The id of the one caller that a server without keys knows.
const ANONYMOUS: &str = "anonymous";

/// The name of a key in logs, audit and metrics, which is no secret: 1 to
/// [`MAX_ID_BYTES`] of letters, digits, `.`, `_` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Arc<str>);

impl KeyId {
    /// Checks an id.
    ///
    /// # Errors
    /// It is empty, too long, or has other characters.
    pub fn new(id: &str) -> Result<Self, BadKeyId> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if (1..=MAX_ID_BYTES).contains(&id.len()) && id.bytes().all(is_allowed) {
            Ok(Self(id.into()))
        } else {
            Err(BadKeyId)
        }
    }

    /// The id of a key that was given none: `key-` and the first 8 hexadecimal
    /// digits of the SHA-256 of its secret.
    #[must_use]
    pub fn of_secret(secret: &Secret) -> Self {
        let [a, b, c, d, ..] = secret.digest();
        Self(format!("key-{}", hex::encode(&[a, b, c, d])).into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An id that is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1 to {MAX_ID_BYTES} of the characters A-Z a-z 0-9 . _ -")]
pub struct BadKeyId;

/// How often one key may call, and what it may have computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls in any second; 0 means no limit. Default: 1000.
    pub rps: u32,
    /// Calls at once; 0 means no limit. Default: 100.
    pub concurrent: u32,
    /// Seconds of a core that a call may be expected to take; 0 means no limit.
    /// Default: 0.
    pub max_cost: u32,
    /// Workers that compute for the key while other keys wait for one; 0 means as
    /// many as the server gives to each. Default: 0.
    pub worker_share: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rps: 1000, concurrent: 100, max_cost: 0, worker_share: 0 }
    }
}

/// What a key is to be.
#[derive(Clone, Debug)]
pub struct KeySettings {
    /// Its name.
    pub id: KeyId,
    /// What signs its calls: several while one replaces another.
    pub secrets: Vec<Secret>,
    /// What it may call.
    pub services: Services,
    /// How often.
    pub limits: Limits,
}

impl KeySettings {
    /// A key that is nothing but its secret: it may call every service.
    #[must_use]
    pub fn bare(secret: Secret, limits: Limits) -> Self {
        let id = KeyId::of_secret(&secret);
        Self { id, secrets: vec![secret], services: Services::ALL, limits }
    }
}

/// A caller: one key, or everyone where there are no keys.
#[derive(Debug)]
pub struct Key {
    id: KeyId,
    services: Services,
    limits: Limits,
    charges: Arc<Charges>,
}

/// What the calls of one key share. It outlives a change of the key's settings.
#[derive(Debug)]
struct Charges {
    // Held for some nanoseconds at a time, and by the calls of this key only.
    window: Mutex<SlidingWindow>,
    concurrency: Arc<ConcurrencyLimit>,
    used: Mutex<UsedSignatures>,
}

impl Key {
    /// The one caller of a server without keys.
    #[must_use]
    pub fn anonymous(limits: Limits) -> Self {
        Self::with_charges(KeyId(ANONYMOUS.into()), Services::ALL, limits, None)
    }

    /// A key that goes on with the `charges` of its predecessor, if it has one.
    fn with_charges(
        id: KeyId,
        services: Services,
        limits: Limits,
        charges: Option<Arc<Charges>>,
    ) -> Self {
        let charges = charges.unwrap_or_else(|| {
            Arc::new(Charges {
                window: Mutex::new(SlidingWindow::new(limits.rps)),
                concurrency: Arc::new(ConcurrencyLimit::new(limits.concurrent)),
                used: Mutex::new(UsedSignatures::with_capacity(capacity(limits.rps))),
            })
        });
        lock(&charges.window).set_limit(limits.rps);
        charges.concurrency.set_limit(limits.concurrent);
        lock(&charges.used).set_capacity(capacity(limits.rps));
        Self { id, services, limits, charges }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// What it may call.
    #[must_use]
    pub fn services(&self) -> Services {
        self.services
    }

    /// How often it may call.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Charges one call to the key's rate, at `now` on a clock that never goes
    /// back and is the same for all its calls.
    ///
    /// # Errors
    /// The rate is reached; nothing is charged then.
    pub fn admit(&self, now: Duration) -> Result<(), RateExceeded> {
        // It would not be charged; callers of an unlimited key need not queue.
        if self.limits.rps == 0 {
            return Ok(());
        }
        lock(&self.charges.window).admit(now)
    }

    /// Opens one of the calls that the key may have at once, until the permit is
    /// dropped.
    ///
    /// # Errors
    /// As many are open as may.
    pub fn acquire(&self) -> Result<ConcurrencyPermit, ConcurrencyExceeded> {
        ConcurrencyLimit::acquire(&self.charges.concurrency)
    }

    /// How many of its calls are open.
    #[must_use]
    pub fn open_calls(&self) -> u32 {
        self.charges.concurrency.open()
    }

    /// See [`UsedSignatures::use_up`].
    pub(crate) fn use_up(
        &self,
        signature: &Signature,
        timestamp: Timestamp,
        now: Timestamp,
    ) -> Result<(), NotOnce> {
        lock(&self.charges.used).use_up(signature, timestamp, now)
    }

    /// See [`UsedSignatures::give_back`].
    pub(crate) fn give_back(&self, signature: &Signature, timestamp: Timestamp) {
        lock(&self.charges.used).give_back(signature, timestamp);
    }
}

/// What is locked is right after every statement, so a panic elsewhere in its
/// holder does it no harm.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
