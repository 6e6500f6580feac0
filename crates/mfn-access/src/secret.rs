//! Secrets, which are not printed.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// Longest secret, in bytes.
pub const MAX_SECRET_BYTES: usize = 256;

/// An API key as its caller has it: 1 to [`MAX_SECRET_BYTES`] of visible ASCII
/// but the comma, so that a header and a list can carry it.
#[derive(Clone)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Checks a secret.
    ///
    /// # Errors
    /// It is empty, too long, or has other characters.
    pub fn new(secret: &str) -> Result<Self, BadSecret> {
        if secret.is_empty() {
            Err(BadSecret::Empty)
        } else if secret.len() > MAX_SECRET_BYTES {
            Err(BadSecret::TooLong)
        } else if !secret.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',') {
            Err(BadSecret::BadCharacter)
        } else {
            Ok(Self(secret.as_bytes().into()))
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The SHA-256 of the secret: a key is looked up by it, since comparing
    /// secrets themselves would take a time that tells how much was right.
    pub(crate) fn digest(&self) -> [u8; 32] {
        digest(&self.0)
    }
}

/// The SHA-256 of what may be a secret.
pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
    // Of what is too long, enough is hashed for it to be unknown.
    let enough = bytes.len().min(MAX_SECRET_BYTES + 1);
    Sha256::digest(&bytes[..enough]).into()
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a text is no secret. It is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSecret {
    /// It has no character.
    #[error("is empty; a key is 1 to {MAX_SECRET_BYTES} visible ASCII characters, no comma")]
    Empty,
    /// It has more than [`MAX_SECRET_BYTES`].
    #[error("is too long; a key is 1 to {MAX_SECRET_BYTES} visible ASCII characters, no comma")]
    TooLong,
    /// It has one that is no visible ASCII, or a comma.
    #[error(
        "has a character that is not allowed; a key is 1 to {MAX_SECRET_BYTES} visible ASCII \
         characters, no comma"
    )]
    BadCharacter,
}
