//! The services, one file each, and the table of all that is served.

mod answer;
mod dispatch;
mod features;
mod health;
mod reflection;
mod simulation;
mod validation;

use mfn_proto::mfn_features_service_server::{self, MfnFeaturesServiceServer};
use mfn_proto::mfn_simulation_service_server::{self, MfnSimulationServiceServer};
use mfn_proto::mfn_validation_service_server::{self, MfnValidationServiceServer};
use tokio::sync::watch;

use crate::compute::Compute;
use crate::config::Reflection as WhoMayReflect;
use crate::layers::one_message::OneMessage;
use crate::messages::Methods;
pub(crate) use dispatch::Services;
use features::FeatureExtraction;
use health::Health;
use reflection::Reflection;
use simulation::Simulations;
use validation::PatternValidation;

/// Frames of a stream that are computed before they are read.
const FRAMES_AHEAD: usize = 32;
/// The same of the pieces that frames with a field are encoded in.
const PIECES_AHEAD: usize = 8;

/// The services that have a health.
const SERVICES: &[&str] = &[
    mfn_features_service_server::SERVICE_NAME,
    mfn_simulation_service_server::SERVICE_NAME,
    mfn_validation_service_server::SERVICE_NAME,
];

/// Whether a path is that of a method that answers with one message.
pub(crate) fn is_unary(path: &str) -> bool {
    matches!(
        path,
        "/mfn.MFNSimulationService/RunSimulation"
            | "/mfn.MFNFeaturesService/ExtractFeatures"
            | "/mfn.MFNValidationService/ValidatePattern"
            | "/grpc.health.v1.Health/Check"
    )
}

/// What the services need of the server.
#[derive(Clone, Debug)]
pub(crate) struct Resources {
    pub(crate) compute: Compute,
    /// Largest message either way, in bytes.
    pub(crate) max_message_bytes: usize,
    pub(crate) reflection: WhoMayReflect,
    pub(crate) is_serving: watch::Receiver<bool>,
}

/// The services of MFN, the health of each, and both versions of reflection,
/// since tools ask for either.
pub(crate) fn services(resources: Resources) -> Services {
    let Resources { compute, max_message_bytes: max, reflection, is_serving } = resources;
    let features = MfnFeaturesServiceServer::new(FeatureExtraction::new(compute.clone()));
    let simulation = MfnSimulationServiceServer::new(Simulations::new(compute.clone(), max));
    let validation = MfnValidationServiceServer::new(PatternValidation::new(compute));
    let methods = |service| Methods::of(service, mfn_proto::FILE_DESCRIPTOR_SET);
    let of_features = methods(mfn_features_service_server::SERVICE_NAME);
    let of_simulation = methods(mfn_simulation_service_server::SERVICE_NAME);
    let of_validation = methods(mfn_validation_service_server::SERVICE_NAME);
    Services {
        features: OneMessage::new(features, of_features, max),
        simulation: OneMessage::new(simulation, of_simulation, max),
        validation: OneMessage::new(validation, of_validation, max),
        health: Health::new(is_serving, SERVICES),
        reflection: (reflection != WhoMayReflect::Off).then(Reflection::new),
    }
}
