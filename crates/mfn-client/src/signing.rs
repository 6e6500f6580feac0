//! How an attempt is signed.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use mfn_access::{Header, Secret};
use tonic::metadata::{Ascii, MetadataMap, MetadataValue};

use crate::build_error::BuildError;

const NANOSECONDS: u64 = 1_000_000_000;

/// Signs with one key. No two signatures carry the same time, since a server with replay
/// protection takes each of them once.
pub(crate) struct Signer {
    api_key: MetadataValue<Ascii>,
    hmac: mfn_access::Signer,
    /// The time of the last signature, in nanoseconds since the Unix epoch.
    last_ns: AtomicU64,
}

impl Signer {
    pub(crate) fn new(api_key: &str) -> Result<Self, BuildError> {
        let secret = Secret::new(api_key).map_err(|bad| BuildError::ApiKey(bad.to_string()))?;
        let mut value: MetadataValue<Ascii> =
            api_key.parse().map_err(|_| BuildError::ApiKey("is no header's value".to_owned()))?;
        // So it is neither printed nor kept by the compression of headers.
        value.set_sensitive(true);
        let hmac = mfn_access::Signer::new(&secret);
        Ok(Self { api_key: value, hmac, last_ns: AtomicU64::new(0) })
    }

    /// Adds the headers of one attempt of the method at `path`.
    pub(crate) fn sign(&self, metadata: &mut MetadataMap, path: &str) {
        let timestamp = self.timestamp(now_ns());
        let signature = self.hmac.sign(timestamp.as_bytes(), path).to_string();
        metadata.insert(Header::ApiKey.name(), self.api_key.clone());
        for (header, text) in [(Header::Timestamp, timestamp), (Header::Signature, signature)] {
            // Digits, and so always a value.
            if let Ok(value) = text.parse() {
                metadata.insert(header.name(), value);
            }
        }
    }

    /// Unix seconds with all nine decimals, later than any before.
    fn timestamp(&self, now_ns: u64) -> String {
        let later = |last: u64| now_ns.max(last.saturating_add(1));
        let update = self
            .last_ns
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(later(last)));
        let ns = update.map_or(now_ns, later);
        format!("{}.{:09}", ns / NANOSECONDS, ns % NANOSECONDS)
    }
}

fn now_ns() -> u64 {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX)
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_signatures_have_one_time_even_if_the_clock_stands_or_goes_back() {
        let signer = Signer::new("a-key").expect("a key");
        let times = [1_700_000_000_000_000_005, 1_700_000_000_000_000_005, 3];
        assert_eq!(
            times.map(|now| signer.timestamp(now)),
            ["1700000000.000000005", "1700000000.000000006", "1700000000.000000007",]
        );
    }

    #[test]
    fn a_key_is_not_printed() {
        let signer = Signer::new("a-secret-key").expect("a key");
        let mut metadata = MetadataMap::new();
        signer.sign(&mut metadata, "/mfn.S/M");
        let printed = format!("{signer:?} {metadata:?}");
        assert!(!printed.contains("a-secret-key"), "{printed}");
    }
}
