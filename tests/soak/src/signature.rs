//! The three headers that sign a call.

use std::time::{SystemTime, UNIX_EPOCH};

use mfn_access::{Header, Secret, Signer, Timestamp};

/// The headers of a call to `path`, signed with `secret` as of now.
///
/// # Panics
/// The secret is none. Those of this crate's [`keys`](crate::keys) are.
#[must_use]
pub fn headers(secret: &str, path: &str) -> [(&'static str, String); 3] {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let timestamp = Timestamp::from_unix(now).to_string();
    let signer = Signer::new(&Secret::new(secret).expect("visible characters without a comma"));
    let signature = signer.sign(timestamp.as_bytes(), path).to_string();
    [
        (Header::ApiKey.name(), secret.to_owned()),
        (Header::Timestamp.name(), timestamp),
        (Header::Signature.name(), signature),
    ]
}
