//! The credentials of the one key that a server of connections may have.

use std::sync::LazyLock;
use std::time::SystemTime;

use mfn_access::{KeyId, KeySettings, Limits, Secret, Service, Signer};

/// What signs with it, and nothing may repeat.
pub(crate) const SECRET: &str = "the-key-of-the-target";
/// What the audit calls it.
pub(crate) const KEY_ID: &str = "lab";
/// What it may not call.
pub(crate) const FORBIDDEN: Service = Service::Validation;

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::new(&secret()));

/// The key.
pub(crate) fn key(limits: Limits) -> KeySettings {
    let services = Service::ALL.into_iter().filter(|service| *service != FORBIDDEN).collect();
    let id = KeyId::new(KEY_ID).expect("an id");
    KeySettings { id, secrets: vec![secret()], services, limits }
}

/// The headers of a call to `target` that is made now: a server measures the age of a
/// signature on a clock that no script moves.
pub(crate) fn credentials(target: &str) -> [(&'static str, String); 3] {
    let path = target.split('?').next().unwrap_or_default();
    let path = path.strip_prefix("http://localhost").unwrap_or(path);
    let now = SystemTime::UNIX_EPOCH.elapsed().expect("a time of today");
    let timestamp = format!("{}.{:09}", now.as_secs(), now.subsec_nanos());
    let signature = SIGNER.sign(timestamp.as_bytes(), path).to_string();
    [("x-api-key", SECRET.to_owned()), ("x-timestamp", timestamp), ("x-signature", signature)]
}

fn secret() -> Secret {
    Secret::new(SECRET).expect("a secret")
}
