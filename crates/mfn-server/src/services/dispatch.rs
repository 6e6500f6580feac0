//! Finds a call's service by its path.

use std::convert::Infallible;
use std::future::ready;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Request;
use mfn_proto::mfn_features_service_server as features;
use mfn_proto::mfn_simulation_service_server as simulation;
use mfn_proto::mfn_validation_service_server as validation;
use tonic_health::pb::health_server::SERVICE_NAME as HEALTH;
use tower::Service;

use super::features::FeatureExtraction;
use super::health::Health;
use super::reflection::{Reflection, V1, V1ALPHA};
use super::simulation::Simulations;
use super::validation::PatternValidation;
use crate::error::Error;
use crate::layers::answer_body::Answer;
use crate::layers::one_message::OneMessage;
use crate::messages::RequestData;
use crate::request_id::RequestId;

/// All that is served.
///
/// tonic's own routes go through a router for web pages, at a tenth of a small
/// call's cost.
#[derive(Clone, Debug)]
pub(crate) struct Services {
    pub(super) features: OneMessage<FeatureExtraction>,
    pub(super) simulation: OneMessage<Simulations>,
    pub(super) validation: OneMessage<PatternValidation>,
    pub(super) health: Health,
    /// None if it is off.
    pub(super) reflection: Option<Reflection>,
}

impl<B> Service<Request<B>> for Services
where
    B: RequestData,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // None of them ever asks to wait.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match service_of(request.uri().path()) {
            simulation::SERVICE_NAME => self.simulation.call(request),
            features::SERVICE_NAME => self.features.call(request),
            validation::SERVICE_NAME => self.validation.call(request),
            HEALTH => self.health.call(request),
            V1 | V1ALPHA if let Some(reflection) = &mut self.reflection => {
                Box::pin(reflection.call(request))
            }
            _ => {
                let id = RequestId::in_layers(request.extensions());
                Box::pin(ready(Ok(Error::MethodUnknown.into_response(&id))))
            }
        }
    }
}

/// The service in a path such as `/mfn.MFNSimulationService/RunSimulation`.
fn service_of(path: &str) -> &str {
    let path = path.strip_prefix('/').unwrap_or_default();
    path.split_once('/').map_or("", |(service, _method)| service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_what_stands_before_its_method() {
        for (path, service) in [
            ("/mfn.MFNSimulationService/RunSimulation", "mfn.MFNSimulationService"),
            ("/mfn.MFNSimulationService/", "mfn.MFNSimulationService"),
            ("/mfn.MFNSimulationService", ""),
            ("mfn.MFNSimulationService/RunSimulation", ""),
            ("/", ""),
            ("", ""),
            ("//", ""),
        ] {
            assert_eq!(service_of(path), service, "{path}");
        }
    }
}
