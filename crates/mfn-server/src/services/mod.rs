//! The services, one file each, and the table of all that is served.

mod dispatch;
mod features;
mod health;
mod simulation;
mod validation;

use mfn_proto::mfn_features_service_server::{self, MfnFeaturesServiceServer};
use mfn_proto::mfn_simulation_service_server::{self, MfnSimulationServiceServer};
use mfn_proto::mfn_validation_service_server::{self, MfnValidationServiceServer};
use tokio::sync::watch;
use tonic::service::Routes;
use tonic_health::pb::health_server;
use tonic_reflection::server::Builder as Reflections;

use crate::compute::Compute;
use crate::config::Reflection;
use crate::layers::one_message::{OneMessage, Requests};
pub(crate) use dispatch::Services;
use features::FeatureExtraction;
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
    pub(crate) reflection: Reflection,
    pub(crate) is_serving: watch::Receiver<bool>,
}

/// The services of MFN, the health of each, and both versions of reflection,
/// since tools ask for either.
pub(crate) fn services(resources: Resources) -> Services {
    let Resources { compute, max_message_bytes: max, reflection, is_serving } = resources;
    let features = MfnFeaturesServiceServer::new(FeatureExtraction::new(compute.clone()));
    let simulation = MfnSimulationServiceServer::new(Simulations::new(compute.clone(), max));
    let validation = MfnValidationServiceServer::new(PatternValidation::new(compute));
    let health = health::service(is_serving, SERVICES);
    let of_mfn = |service| Requests::of(service, mfn_proto::FILE_DESCRIPTOR_SET);
    let of_health =
        Requests::of(health_server::SERVICE_NAME, tonic_health::pb::FILE_DESCRIPTOR_SET);
    let mut others = Routes::default();
    if reflection != Reflection::Off {
        let v1 = reflections().build_v1().expect(DESCRIPTORS_ARE_OURS);
        let v1alpha = reflections().build_v1alpha().expect(DESCRIPTORS_ARE_OURS);
        others = others.add_service(v1).add_service(v1alpha);
    }
    Services {
        features: OneMessage::new(features, of_mfn(mfn_features_service_server::SERVICE_NAME), max),
        simulation: OneMessage::new(
            simulation,
            of_mfn(mfn_simulation_service_server::SERVICE_NAME),
            max,
        ),
        validation: OneMessage::new(
            validation,
            of_mfn(mfn_validation_service_server::SERVICE_NAME),
            max,
        ),
        health: OneMessage::new(health, of_health, max),
        others: others.prepare(),
    }
}

const DESCRIPTORS_ARE_OURS: &str = "the descriptor sets were made by the build";

/// Reflection on everything that is served, reflection itself included, and on
/// the details of errors, so that tools can show them.
fn reflections() -> Reflections<'static> {
    Reflections::configure()
        .register_encoded_file_descriptor_set(mfn_proto::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
}
