//! Signatures: HMAC-SHA256, keyed with the secret, of the timestamp as it was
//! sent, followed by the method's full path.
//!
//! The body is not signed, and nothing separates the two parts: a timestamp is
//! digits and a point, and a path starts with a slash, so that no two pairs of
//! them make the same bytes.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::hex;
use crate::secret::Secret;

/// Signs, and verifies, with one secret.
///
/// The two blocks that depend on the secret alone are hashed here, once; a
/// signature starts from a copy of that state.
#[derive(Clone)]
pub struct Signer(Hmac<Sha256>);

impl Signer {
    /// A signer for `secret`.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self::keyed_with(secret.as_bytes())
    }

    /// A signer for secret bytes that may be none that a header can carry.
    pub(crate) fn keyed_with(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"))
    }

    /// The signature of a call to `method`, the full path as in
    /// `/mfn.MFNSimulationService/RunSimulation`. The timestamp is signed as it
    /// is written, so `1` and `1.0` have two signatures.
    #[must_use]
    pub fn sign(&self, timestamp: &[u8], method: &str) -> Signature {
        Signature(self.mac(timestamp, method).finalize().into_bytes().into())
    }

    /// The signature that `digits` spell (64 of them, of either case), if it is
    /// this signer's for the call; `None` if it is another's, or is none.
    ///
    /// The bytes are compared in constant time, and the same work is done for
    /// every `digits`, well formed or not.
    #[must_use]
    pub fn verify(&self, timestamp: &[u8], method: &str, digits: &[u8]) -> Option<Signature> {
        let claimed = hex::decode(digits);
        let bytes = claimed.unwrap_or_default();
        let holds = self.mac(timestamp, method).verify_slice(&bytes).is_ok();
        // Zeros stand in for what is no signature, and are not taken for one.
        claimed.filter(|_| holds).map(Signature)
    }

    fn mac(&self, timestamp: &[u8], method: &str) -> Hmac<Sha256> {
        self.0.clone().chain_update(timestamp).chain_update(method)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(..)")
    }
}

/// A signature that was made or verified here. Its text is 64 lower-case
/// hexadecimal digits.
///
/// It has no `==`, which would compare in a time that tells how much was
/// right; what a caller presents goes through [`Signer::verify`].
#[derive(Clone, Copy)]
pub struct Signature([u8; 32]);

impl Signature {
    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

/// Who reads a signature in a log may call with it while its window lasts.
impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(..)")
    }
}
