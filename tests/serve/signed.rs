//! Calls that are signed, well or badly.

use std::time::{Duration, SystemTime};

use http::{HeaderName, HeaderValue, Request};
use mfn_access::{Secret, Signer, Timestamp};

use crate::caller::head;

pub(crate) const API_KEY: &str = "x-api-key";
pub(crate) const TIMESTAMP: &str = "x-timestamp";
pub(crate) const SIGNATURE: &str = "x-signature";

/// The head of a call to `path`, signed with `key` as things are now.
pub(crate) fn signed(key: &str, path: &str) -> Request<()> {
    signed_at(key, path, &seconds_from_now(0))
}

/// The same with a timestamp of its own, which may be none.
pub(crate) fn signed_at(key: &str, path: &str, timestamp: &str) -> Request<()> {
    let secret = Secret::new(key).expect("a secret");
    let signature = Signer::new(&secret).sign(timestamp.as_bytes(), path).to_string();
    let mut head = head(path);
    for (name, value) in [(API_KEY, key), (TIMESTAMP, timestamp), (SIGNATURE, &signature)] {
        set(&mut head, name, value);
    }
    head
}

/// Replaces a header of a call.
pub(crate) fn set(head: &mut Request<()>, name: &'static str, value: &str) {
    let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header");
    head.headers_mut().insert(HeaderName::from_static(name), value);
}

/// Adds a further one of the same name.
pub(crate) fn add(head: &mut Request<()>, name: &'static str, value: &str) {
    let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header");
    head.headers_mut().append(HeaderName::from_static(name), value);
}

/// A timestamp, of so many seconds after now.
pub(crate) fn seconds_from_now(seconds: i64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    let then = now.as_secs().checked_add_signed(seconds).expect("after 1970");
    Timestamp::from_unix(Duration::new(then, now.subsec_nanos())).to_string()
}
