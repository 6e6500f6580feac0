//! What all calls have in common: where they go, and their headers, signed or not.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use http::header::{CONTENT_TYPE, HeaderName, TE};
use http::{HeaderMap, HeaderValue, Method, Request, Uri, Version};
use mfn_access::{Header, Secret, Signer};

/// How long a signature is used, unless each call has its own. It would hold for
/// 300 s.
const SIGNED_FOR: Duration = Duration::from_secs(1);
const NANOS: u64 = 1_000_000_000;

/// Makes the requests of a thread.
#[derive(Clone)]
pub(super) struct Template {
    uri: Uri,
    headers: HeaderMap,
    signing: Option<Signing>,
}

#[derive(Clone)]
struct Signing {
    signer: Signer,
    each_call: bool,
    signed_at: Option<Instant>,
    /// Shared by all threads, so that no two calls have one timestamp.
    last_nanos: Arc<AtomicU64>,
}

impl Template {
    /// Of calls to `uri`, without a signature.
    pub(super) fn new(uri: Uri) -> Self {
        let headers = HeaderMap::from_iter([
            (TE, HeaderValue::from_static("trailers")),
            (CONTENT_TYPE, HeaderValue::from_static("application/grpc")),
        ]);
        Self { uri, headers, signing: None }
    }

    /// Of calls that `key` signs: each by itself, or anew every second.
    ///
    /// # Errors
    /// It is no key that a header can carry.
    pub(super) fn signed(mut self, key: &str, each_call: bool) -> Result<Self, String> {
        let secret = Secret::new(key).map_err(|bad| bad.to_string())?;
        let mut shown = HeaderValue::from_str(key).map_err(|error| error.to_string())?;
        shown.set_sensitive(true);
        self.headers.insert(Header::ApiKey.name(), shown);
        let signer = Signer::new(&secret);
        let last_nanos = Arc::default();
        self.signing = Some(Signing { signer, each_call, signed_at: None, last_nanos });
        Ok(self)
    }

    /// The next call's, which is about to be sent.
    pub(super) fn request(&mut self, now: Instant) -> Request<()> {
        if let Some(signing) = self.signing.as_mut().filter(|signing| signing.is_due(now)) {
            signing.sign(now, self.uri.path(), &mut self.headers);
        }
        let mut request = Request::new(());
        *request.method_mut() = Method::POST;
        *request.version_mut() = Version::HTTP_2;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }
}

impl Signing {
    fn is_due(&self, now: Instant) -> bool {
        self.each_call || self.signed_at.is_none_or(|at| now.duration_since(at) >= SIGNED_FOR)
    }

    fn sign(&mut self, now: Instant, path: &str, headers: &mut HeaderMap) {
        self.signed_at = Some(now);
        let timestamp = self.timestamp();
        let signature = self.signer.sign(timestamp.as_bytes(), path).to_string();
        for (header, text) in [(Header::Timestamp, timestamp), (Header::Signature, signature)] {
            let value = HeaderValue::try_from(text).expect("digits and a point");
            headers.insert(HeaderName::from_static(header.name()), value);
        }
    }

    /// Now, or the nanosecond after the last one that was given.
    fn timestamp(&self) -> String {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now = now.as_nanos() as u64;
        let next = |last: u64| now.max(last + 1);
        let last = self
            .last_nanos
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
        let nanos = last.map_or(now, next);
        format!("{}.{:09}", nanos / NANOS, nanos % NANOS)
    }
}

/// Without the key.
impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template").field("uri", &self.uri).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use mfn_access::{KeySet, KeySettings, Limits, Occurrence, Presented, Timestamp, authenticate};

    use super::*;

    const PATH: &str = "/mfn.MFNSimulationService/RunSimulation";

    fn template() -> Template {
        Template::new(format!("http://a:1{PATH}").parse().expect("a URI"))
    }

    fn is_accepted(request: &Request<()>) -> bool {
        let secret = Secret::new("a-key").expect("a key");
        let keys = KeySet::new(vec![KeySettings::bare(secret, Limits::default())]).expect("keys");
        let once = |header: Header| match request.headers().get(header.name()) {
            Some(value) => Occurrence::Once(value.as_bytes()),
            None => Occurrence::Absent,
        };
        let presented = Presented {
            api_key: once(Header::ApiKey),
            timestamp: once(Header::Timestamp),
            signature: once(Header::Signature),
        };
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after it");
        authenticate(&keys, presented, PATH, Timestamp::from_unix(now)).is_ok()
    }

    #[test]
    fn a_call_is_signed_if_there_is_a_key() {
        let now = Instant::now();
        assert!(!is_accepted(&template().request(now)));
        assert!(is_accepted(&template().signed("a-key", false).expect("good").request(now)));
        assert!(template().signed("a key", false).is_err());
    }

    #[test]
    fn a_signature_is_used_for_a_second_or_once() {
        let now = Instant::now();
        let signature = |template: &mut Template, at| {
            template.request(at).headers()[Header::Signature.name()].clone()
        };
        let mut template = template().signed("a-key", false).expect("good");
        let first = signature(&mut template, now);
        assert_eq!(signature(&mut template, now + SIGNED_FOR / 2), first);
        assert_ne!(signature(&mut template, now + SIGNED_FOR), first);

        let mut each = super::tests::template().signed("a-key", true).expect("good");
        let mut other_thread = each.clone();
        let all = std::iter::repeat_with(|| {
            [signature(&mut each, now), signature(&mut other_thread, now)]
        });
        let all: Vec<_> = all.take(100).flatten().collect();
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}
