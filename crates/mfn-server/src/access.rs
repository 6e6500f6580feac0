//! Who calls, and what a call needs of that: the one place where the server
//! and `mfn-access` meet.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use http::{HeaderMap, HeaderName};
use mfn_access::{
    Authenticated, Header, Key, KeySet, KeySetError, KeySettings, Occurrence, Presented, Refusal,
    Timestamp, authenticate,
};
use tokio::time::Instant;

use crate::config::{Config, Reflection};
use crate::shared_limits::SharedLimiter;
use crate::wall_clock;

/// Health is asked by those who have no key, and as often as they like.
pub(crate) const HEALTH: &str = "/grpc.health.v1.Health/";
/// Both versions.
const REFLECTION: [&str; 2] =
    ["/grpc.reflection.v1.ServerReflection/", "/grpc.reflection.v1alpha.ServerReflection/"];

// Names that are known before a call comes need not be parsed for each.
pub(crate) const API_KEY: HeaderName = HeaderName::from_static(Header::ApiKey.name());
pub(crate) const TIMESTAMP: HeaderName = HeaderName::from_static(Header::Timestamp.name());
pub(crate) const SIGNATURE: HeaderName = HeaderName::from_static(Header::Signature.name());

/// Who makes a call.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) key: Arc<Key>,
    /// What may serve this call and no other.
    pub(crate) once: Option<Authenticated>,
    /// Whether the key is everyone's, since there are none.
    pub(crate) is_anonymous: bool,
}

/// Knows all callers.
#[derive(Debug)]
pub(crate) struct Access {
    /// None if calls need no key.
    keys: ArcSwapOption<KeySet>,
    /// Who everyone is then.
    anonymous: Arc<Key>,
    reflection: Reflection,
    replay_protection: bool,
    /// None if limits are this server's own.
    shared_limiter: Option<Arc<SharedLimiter>>,
    /// Rates are measured on a clock that nobody sets.
    start: Instant,
}

impl Access {
    /// # Errors
    /// The keys do not make a set.
    pub(crate) fn new(config: &Config) -> Result<Self, KeySetError> {
        let keys = match config.keys.as_slice() {
            [] => None,
            keys => Some(Arc::new(KeySet::new(keys.to_vec())?)),
        };
        Ok(Self {
            keys: ArcSwapOption::new(keys),
            anonymous: Arc::new(Key::anonymous(config.limits)),
            reflection: config.reflection,
            replay_protection: config.replay_protection,
            shared_limiter: config
                .shared_limits
                .as_ref()
                .map(|shared| Arc::new(SharedLimiter::new(shared))),
            start: Instant::now(),
        })
    }

    /// Takes other keys from now on. Calls that are under way go on.
    pub(crate) fn replace_keys(&self, settings: Vec<KeySettings>) -> Result<(), KeySetError> {
        let keys = match self.keys.load().as_deref() {
            Some(before) => before.replaced(settings)?,
            None => KeySet::new(settings)?,
        };
        self.keys.store(Some(Arc::new(keys)));
        Ok(())
    }

    /// Whether a call to `path` is anyone's, for nothing.
    pub(crate) fn is_free(&self, path: &str) -> bool {
        path.starts_with(HEALTH)
            || self.reflection == Reflection::Public
                && REFLECTION.iter().any(|reflection| path.starts_with(reflection))
    }

    /// Who makes every call, if all callers are one.
    pub(crate) fn only_caller(&self) -> Option<&Key> {
        self.keys.load().is_none().then_some(&self.anonymous)
    }

    /// Who makes this call to `path`.
    pub(crate) fn identify(&self, path: &str, headers: &HeaderMap) -> Result<Caller, Refusal> {
        let keys = self.keys.load();
        let Some(keys) = keys.as_deref() else {
            return Ok(Caller { key: Arc::clone(&self.anonymous), once: None, is_anonymous: true });
        };
        // A clock that is set before 1970 accepts nobody of today.
        let now = Timestamp::from_unix(wall_clock::since_epoch());
        let call = authenticate(keys, presented(headers), path, now)?;
        let key = Arc::clone(&call.key);
        let once = self.replay_protection.then_some(call);
        Ok(Caller { key, once, is_anonymous: false })
    }

    /// All callers that there can be.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn callers(&self) -> Vec<Arc<Key>> {
        let keys = self.keys.load();
        keys.as_deref().map_or_else(|| vec![Arc::clone(&self.anonymous)], |set| set.keys().to_vec())
    }

    /// What servers share, if this one shares its limits.
    pub(crate) fn shared_limiter(&self) -> Option<&Arc<SharedLimiter>> {
        self.shared_limiter.as_ref()
    }

    /// On the clock that rates are measured on.
    pub(crate) fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

fn presented(headers: &HeaderMap) -> Presented<'_> {
    let of = |header: HeaderName| {
        Occurrence::of(headers.get_all(header).iter().map(http::HeaderValue::as_bytes))
    };
    Presented { api_key: of(API_KEY), timestamp: of(TIMESTAMP), signature: of(SIGNATURE) }
}
