//! Finds out who calls. A call without valid credentials is not charged to any
//! key.

use std::sync::Arc;

use http::Request;

use super::around::{Gate, Refusal};
use crate::access::{Access, Caller};
use crate::audit::Observed;
use crate::error::Error;

/// Who calls, for those behind. It travels beside the metadata and not in it: a
/// client's trailers are merged into the metadata after this.
#[derive(Clone, Debug)]
pub(crate) struct Identity(pub(crate) Caller);

/// Lets known callers pass, and everyone to what is free.
#[derive(Clone, Debug)]
pub(crate) struct Authentication(pub(crate) Arc<Access>);

impl Gate for Authentication {
    fn check<B>(&self, call: &mut Request<B>) -> Result<(), Refusal> {
        let Self(access) = self;
        let path = call.uri().path();
        let observed = call.extensions().get::<Observed>();
        if access.is_free(path) {
            // Charged to nobody, though there may be one only whose it can be.
            if let (Some(observed), Some(key)) = (observed, access.only_caller()) {
                observed.is_by(key.id());
            }
            return Ok(());
        }
        let caller = access.identify(path, call.headers()).map_err(Error::Unauthenticated)?;
        if let Some(observed) = observed {
            observed.is_by(caller.key.id());
            if !caller.is_anonymous {
                observed.account_for_it();
            }
        }
        call.extensions_mut().insert(Identity(caller));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::time::{Duration, SystemTime};

    use mfn_access::{KeyId, KeySettings, Limits, Secret, Signer};
    use tonic::Code;
    use tower::{Layer as _, ServiceExt as _, service_fn};

    use super::*;
    use crate::access::{API_KEY, SIGNATURE, TIMESTAMP};
    use crate::config::Config;
    use crate::layers::answer_body::{Answer, code_of};
    use crate::layers::around::AroundLayer;
    use crate::wall_clock;

    const RUN: &str = "/mfn.MFNSimulationService/RunSimulation";
    const CHECK: &str = "/grpc.health.v1.Health/Check";
    const SECRET: &str = "secret";
    /// What the clock shows, in seconds since 1970.
    const NOW: u64 = 1_700_000_000;

    /// What is found out of a call: how it is refused, who is known to make it and whether
    /// that is nobody in particular, and of whom it is told.
    #[derive(Debug, PartialEq, Eq)]
    struct Found {
        code: Option<Code>,
        caller: Option<(KeyId, bool)>,
        told: Option<KeyId>,
        is_accounted_for: bool,
    }

    /// That of a call to `path`, signed by `signs`, of a server with these keys.
    async fn found(keys: Vec<KeySettings>, path: &str, signs: Option<&str>) -> Found {
        wall_clock::simulated::set(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW));
        let config = Config { keys, ..Config::default() };
        let access = Arc::new(Access::new(&config).expect("the keys go together"));
        let (tell, told) = std::sync::mpsc::channel();
        let layer = AroundLayer(Authentication(access));
        let service = layer.layer(service_fn(move |call: Request<()>| {
            let identity = call.extensions().get::<Identity>();
            let caller = identity.map(|Identity(of)| (of.key.id().clone(), of.is_anonymous));
            tell.send(caller).expect("somebody waits for it");
            ready(Ok(Answer::default()))
        }));
        let observed = Observed::default();
        let mut call = Request::post(path).extension(observed.clone());
        if let Some(signs) = signs {
            let timestamp = NOW.to_string();
            let signer = Signer::new(&Secret::new(signs).expect("a secret"));
            let signature = signer.sign(timestamp.as_bytes(), path).to_string();
            call = call.header(API_KEY, SECRET).header(TIMESTAMP, timestamp);
            call = call.header(SIGNATURE, signature);
        }
        let answer = service.oneshot(call.body(()).expect("a request")).await;
        Found {
            code: code_of(&answer.expect("always an answer")),
            caller: told.try_recv().ok().flatten(),
            told: observed.key().cloned(),
            is_accounted_for: observed.is_accounted_for(),
        }
    }

    fn key() -> KeySettings {
        KeySettings::bare(Secret::new(SECRET).expect("a secret"), Limits::default())
    }

    #[tokio::test(start_paused = true)]
    async fn who_signs_a_call_is_known_by_its_key_and_accounted_for() {
        let found = found(vec![key()], RUN, Some(SECRET)).await;
        let caller = Some((key().id, false));
        let told = Some(key().id);
        assert_eq!(found, Found { code: None, caller, told, is_accounted_for: true });
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_not_signed_or_not_by_its_key_is_nobody_s() {
        for signs in [None, Some("another")] {
            let found = found(vec![key()], RUN, signs).await;
            let code = Some(Code::Unauthenticated);
            let nobody = Found { code, caller: None, told: None, is_accounted_for: false };
            assert_eq!(found, nobody, "signed by {signs:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_needs_no_credentials_passes_and_is_charged_to_nobody() {
        let found = found(vec![key()], CHECK, None).await;
        assert_eq!(found, Found { code: None, caller: None, told: None, is_accounted_for: false });
    }

    #[tokio::test(start_paused = true)]
    async fn without_keys_every_call_is_of_the_one_who_is_everyone() {
        let everyone = Some(KeyId::new("anonymous").expect("an id"));
        // Its limits will say whether it is accounted for.
        let run = found(Vec::new(), RUN, None).await;
        let caller = everyone.clone().map(|id| (id, true));
        let told = everyone.clone();
        assert_eq!(run, Found { code: None, caller, told, is_accounted_for: false });
        let health = found(Vec::new(), CHECK, None).await;
        let told = everyone;
        assert_eq!(health, Found { code: None, caller: None, told, is_accounted_for: false });
    }
}
