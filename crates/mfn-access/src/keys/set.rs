//! All keys of a server.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Key, KeyId, KeySettings};
use crate::secret::digest;
use crate::signature::{Signature, Signer};

/// Most keys of one server.
pub const MAX_KEYS: usize = 10_000;

/// The keys that calls can be signed with.
#[derive(Debug)]
pub struct KeySet {
    /// By the SHA-256 of the secret: a secret that is known has one key.
    by_digest: HashMap<[u8; 32], Verifier>,
    keys: Vec<Arc<Key>>,
    /// Verifies what unknown keys sign, so that they take as long.
    dummy: Signer,
}

#[derive(Debug)]
struct Verifier {
    signer: Signer,
    key: Arc<Key>,
}

impl KeySet {
    /// A set of new keys.
    ///
    /// # Errors
    /// See [`KeySetError`].
    pub fn new(settings: Vec<KeySettings>) -> Result<Self, KeySetError> {
        Self::build(settings, &[])
    }

    /// The set that takes the place of this one. A key that was in it by the
    /// same id keeps what it has been charged.
    ///
    /// # Errors
    /// See [`KeySetError`].
    pub fn replaced(&self, settings: Vec<KeySettings>) -> Result<Self, KeySetError> {
        Self::build(settings, &self.keys)
    }

    fn build(settings: Vec<KeySettings>, before: &[Arc<Key>]) -> Result<Self, KeySetError> {
        check_ids(&settings)?;
        let before: HashMap<_, _> = before.iter().map(|key| (key.id.clone(), key)).collect();
        let mut by_digest = HashMap::new();
        let mut keys = Vec::with_capacity(settings.len());
        // All is checked before a charge of the old keys is touched.
        check_secrets(&settings)?;
        for KeySettings { id, secrets, services, limits } in settings {
            let charges = before.get(&id).map(|key| Arc::clone(&key.charges));
            let key = Arc::new(Key::with_charges(id, services, limits, charges));
            for secret in &secrets {
                let verifier = Verifier { signer: Signer::new(secret), key: Arc::clone(&key) };
                by_digest.insert(secret.digest(), verifier);
            }
            keys.push(key);
        }
        Ok(Self { by_digest, keys, dummy: Signer::keyed_with(&[]) })
    }

    /// The keys, in the order of their settings.
    #[must_use]
    pub fn keys(&self) -> &[Arc<Key>] {
        &self.keys
    }

    /// The key that is `secret`, with the signature that `digits` spell, if it
    /// holds. It takes as long for an unknown key.
    pub(crate) fn verify(
        &self,
        secret: &[u8],
        timestamp: &[u8],
        method: &str,
        digits: &[u8],
    ) -> Option<(&Arc<Key>, Signature)> {
        let known = self.by_digest.get(&digest(secret));
        let signer = known.map_or(&self.dummy, |verifier| &verifier.signer);
        let signature = signer.verify(timestamp, method, digits);
        Some((&known?.key, signature?))
    }
}

fn check_ids(settings: &[KeySettings]) -> Result<(), KeySetError> {
    match settings.len() {
        0 => return Err(KeySetError::Empty),
        1..=MAX_KEYS => {}
        _ => return Err(KeySetError::TooMany),
    }
    let mut ids = HashSet::new();
    let twice = settings.iter().find(|key| !ids.insert(&key.id));
    twice.map_or(Ok(()), |key| Err(KeySetError::IdTwice(key.id.clone())))
}

fn check_secrets(settings: &[KeySettings]) -> Result<(), KeySetError> {
    let mut owners = HashMap::new();
    for KeySettings { id, secrets, .. } in settings {
        for secret in secrets {
            if let Some(first) = owners.insert(secret.digest(), id) {
                return Err(KeySetError::SecretTwice(first.clone(), id.clone()));
            }
        }
    }
    Ok(())
}

/// Why keys do not make a set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Two keys have this id.
    #[error("the id {0} is given to two keys")]
    IdTwice(KeyId),
    /// A secret is there twice: in these two keys, or twice in one.
    #[error("{}", secret_twice(.0, .1))]
    SecretTwice(KeyId, KeyId),
    /// There is none.
    #[error("there is no key")]
    Empty,
    /// There are more than [`MAX_KEYS`].
    #[error("there are more than {MAX_KEYS} keys")]
    TooMany,
}

fn secret_twice(first: &KeyId, second: &KeyId) -> String {
    if first == second {
        format!("a secret is twice in the key {first}")
    } else {
        format!("the keys {first} and {second} have a secret in common")
    }
}
