//! The three headers that sign a call.

use std::time::{SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue};
use mfn_access::{Header, Secret, Signer, Timestamp};

/// The headers of a call to `path`, signed with `secret` as of now.
///
/// # Panics
/// The secret is none. Those of this crate's [`keys`](crate::keys) are.
#[must_use]
pub fn headers(secret: &str, path: &str) -> HeaderMap {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let timestamp = Timestamp::from_unix(now).to_string();
    let signer = Signer::new(&Secret::new(secret).expect("visible characters without a comma"));
    let signature = signer.sign(timestamp.as_bytes(), path).to_string();
    let headers = [
        (Header::ApiKey, secret),
        (Header::Timestamp, &timestamp),
        (Header::Signature, &signature),
    ];
    let headers = headers.map(|(header, value)| {
        let value = HeaderValue::from_str(value).expect("visible characters");
        (HeaderName::from_static(header.name()), value)
    });
    HeaderMap::from_iter(headers)
}
