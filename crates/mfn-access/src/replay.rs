//! Replay protection: each signature of a key once.
//!
//! It is for servers that ask for it. A static signature then serves one call
//! instead of all the calls of its window.

use std::collections::BTreeSet;
use std::fmt;

use crate::signature::Signature;
use crate::timestamp::Timestamp;

/// How many signatures of one key are remembered at once: what a key can spend
/// at the default limit of 1000 calls a second while one signature can be
/// valid, from 300 s before its timestamp to 300 s after it. In memory it is
/// about 100 bytes a signature, taken as they come.
pub const CAPACITY: usize = 600_000;

/// The signatures of one key that were used and could still be valid.
///
/// A signature is remembered until the window has left its timestamp behind,
/// and then forgotten. With [`Self::capacity`] of them remembered, a new one is
/// refused rather than an old one forgotten, so that filling it cannot make a
/// replay possible. A full memory refuses this key's calls only.
#[derive(Debug)]
pub struct UsedSignatures {
    capacity: usize,
    /// By timestamp, and so by when they are forgotten. One signature has one
    /// timestamp, because that is what it signs.
    used: BTreeSet<(Timestamp, [u8; 32])>,
    /// The newest timestamp that may have been forgotten.
    forgotten: Option<Timestamp>,
}

impl Default for UsedSignatures {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl UsedSignatures {
    /// Remembers at most `capacity` signatures at once.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { capacity, used: BTreeSet::new(), forgotten: None }
    }

    /// Uses up a verified signature, whose timestamp is within the window of
    /// the server's time `now`.
    ///
    /// # Errors
    /// If it was used before, or cannot be remembered.
    pub fn use_up(
        &mut self,
        signature: &Signature,
        timestamp: Timestamp,
        now: Timestamp,
    ) -> Result<(), NotOnce> {
        self.forget_before(now);
        // The window is behind these, unless the server's clock was set back.
        // Then nobody knows any more whether they were used.
        if self.forgotten.is_some_and(|forgotten| timestamp <= forgotten) {
            return Err(NotOnce::Used);
        }
        let entry = (timestamp, *signature.as_bytes());
        if self.used.contains(&entry) {
            return Err(NotOnce::Used);
        }
        if self.used.len() >= self.capacity {
            return Err(NotOnce::Full);
        }
        self.used.insert(entry);
        Ok(())
    }

    /// Takes the use of a signature back.
    pub fn give_back(&mut self, signature: &Signature, timestamp: Timestamp) {
        self.used.remove(&(timestamp, *signature.as_bytes()));
    }

    /// How many signatures are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.used.len()
    }

    /// Whether no signature is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.used.is_empty()
    }

    /// How many signatures can be remembered at once.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    fn forget_before(&mut self, now: Timestamp) {
        while let Some(&(timestamp, _)) = self.used.first()
            && !timestamp.skew(now).is_within_window()
            && timestamp < now
        {
            self.forgotten = self.forgotten.max(Some(timestamp));
            self.used.pop_first();
        }
    }
}

/// Why a signature that holds is refused all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOnce {
    /// It was used before.
    Used,
    /// As many signatures as can be are remembered, so that it could not be
    /// told from a replay later.
    Full,
}

impl fmt::Display for NotOnce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Used => "this signature was used before; sign each call with its own timestamp",
            Self::Full => {
                "this key has used too many signatures to remember; \
                 call again when the oldest are out of the window"
            }
        })
    }
}

impl std::error::Error for NotOnce {}
