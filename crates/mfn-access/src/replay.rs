//! Replay protection: each signature of a key once.
//!
//! It is for servers that ask for it. A static signature then serves one call
//! instead of all the calls of its window.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::signature::Signature;
use crate::timestamp::{MAX_SKEW, Skew, Timestamp};

/// How many signatures of one key are remembered at most, whatever its rate:
/// what it can spend at 5000 calls a second. In memory it is about 100 bytes a
/// signature, taken as they come.
pub const MAX_CAPACITY: usize = 3_000_000;

/// How many signatures of a key of `rps` calls a second are remembered at once:
/// what it can spend while one signature can be valid, from 300 s before its
/// timestamp to 300 s after it, both included.
#[must_use]
pub fn capacity(rps: u32) -> usize {
    capacity_for(rps, 2 * MAX_SKEW + Duration::from_secs(1))
}

/// The same where a signature is remembered for `longest` at most.
pub(crate) fn capacity_for(rps: u32, longest: Duration) -> usize {
    match rps {
        0 => MAX_CAPACITY,
        rps => (rps as usize).saturating_mul(longest.as_secs() as usize).min(MAX_CAPACITY),
    }
}

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

impl UsedSignatures {
    /// Remembers at most `capacity` signatures at once.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { capacity, used: BTreeSet::new(), forgotten: None }
    }

    /// Changes the capacity. What is remembered stays so.
    pub fn set_capacity(&mut self, capacity: usize) {
        self.capacity = capacity;
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
            return Err(self.full(now));
        }
        self.used.insert(entry);
        Ok(())
    }

    fn full(&self, now: Timestamp) -> NotOnce {
        let oldest = self.used.first().map(|(timestamp, _)| timestamp.skew(now));
        let wait = oldest.map_or(MAX_SKEW, Skew::until_past);
        NotOnce::Full { capacity: self.capacity, wait }
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

    /// Two a call, which is one more than a call adds: no call pays for all
    /// that came before a pause.
    fn forget_before(&mut self, now: Timestamp) {
        for _ in 0..2 {
            if let Some(&(timestamp, _)) = self.used.first()
                && timestamp.skew(now).is_past()
            {
                self.forgotten = self.forgotten.max(Some(timestamp));
                self.used.pop_first();
            }
        }
    }
}

/// Why a signature that holds is refused all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOnce {
    /// It was used before.
    #[error("sign each call with its own timestamp: this signature was used before")]
    Used,
    /// As many signatures as can be are remembered, so that it could not be
    /// told from a replay later.
    #[error(
        "call again in {wait:.0?}: this key has used {capacity} signatures that could still be valid, \
         and more are not remembered"
    )]
    Full {
        /// How many that is.
        capacity: usize,
        /// After how long the oldest is forgotten. Never zero.
        wait: Duration,
    },
}
