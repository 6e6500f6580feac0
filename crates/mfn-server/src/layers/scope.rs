//! Whether a caller may call the service at all.

use http::Request;
use mfn_access::Service;

use super::around::{Gate, Refusal};
use super::authentication::Identity;
use crate::error::Error;

/// Lets those pass whose key has the service's scope.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope;

impl Gate for Scope {
    fn check<B>(&self, call: &mut Request<B>) -> Result<(), Refusal> {
        let identity = call.extensions().get::<Identity>();
        let service = Service::of_method(call.uri().path());
        let (Some(Identity(caller)), Some(service)) = (identity, service) else { return Ok(()) };
        let allowed = caller.key.services();
        if allowed.contains(service) {
            Ok(())
        } else {
            Err(Error::ScopeDenied { service, allowed }.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use mfn_access::{KeyId, KeySet, KeySettings, Limits, Secret, Services};
    use tonic::Code;
    use tower::{Layer as _, ServiceExt as _, service_fn};

    use super::*;
    use crate::access::Caller;
    use crate::layers::answer_body::{Answer, code_of};
    use crate::layers::around::AroundLayer;

    /// Who has a key for these services.
    fn caller(services: Services) -> Identity {
        let id = KeyId::new("key").expect("an id");
        let secrets = vec![Secret::new("secret").expect("a secret")];
        let settings = KeySettings { id, secrets, services, limits: Limits::default() };
        let keys = KeySet::new(vec![settings]).expect("a set");
        let key = keys.keys()[0].clone();
        Identity(Caller { key, once: None, is_anonymous: false })
    }

    #[tokio::test]
    async fn a_key_may_call_the_services_that_it_is_for_and_what_is_none_of_them() {
        let service =
            AroundLayer(Scope).layer(service_fn(|_: Request<()>| ready(Ok(Answer::default()))));
        let code = async |path: &str, identity: Option<Identity>| {
            let mut call = Request::post(path).body(()).expect("a request");
            identity.map(|identity| call.extensions_mut().insert(identity));
            code_of(&service.clone().oneshot(call).await.expect("always an answer"))
        };
        let (run, extract, health) = (
            "/mfn.MFNSimulationService/RunSimulation",
            "/mfn.MFNFeaturesService/ExtractFeatures",
            "/grpc.health.v1.Health/Check",
        );
        let for_features = caller([Service::Features].into_iter().collect());
        assert_eq!(code(extract, Some(for_features.clone())).await, None);
        assert_eq!(code(run, Some(for_features.clone())).await, Some(Code::PermissionDenied));
        assert_eq!(code(health, Some(for_features)).await, None);
        assert_eq!(code(run, Some(caller(Services::ALL))).await, None);
        // What needs no credentials has no caller here.
        assert_eq!(code(run, None).await, None);
    }
}
