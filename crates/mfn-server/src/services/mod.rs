//! The services, one file each, and the table of all that is served.

mod features;
mod simulation;
mod validation;

use mfn_proto::mfn_features_service_server::MfnFeaturesServiceServer;
use mfn_proto::mfn_simulation_service_server::MfnSimulationServiceServer;
use mfn_proto::mfn_validation_service_server::MfnValidationServiceServer;
use tonic::service::Routes;
use tonic_reflection::server::Builder as Reflection;

use crate::compute::Compute;
use features::FeatureExtraction;
use simulation::Simulations;
use validation::PatternValidation;

/// Largest message either way, in bytes.
const MAX_MESSAGE_BYTES: usize = 100 * 1024 * 1024;

/// The services of MFN, the health of each, and both versions of reflection,
/// since tools ask for either.
pub(crate) async fn routes(compute: Compute) -> Routes {
    let features = MfnFeaturesServiceServer::new(FeatureExtraction::new(compute.clone()))
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES);
    let simulation = MfnSimulationServiceServer::new(Simulations::new(compute.clone()))
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES);
    let validation = MfnValidationServiceServer::new(PatternValidation::new(compute))
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES);

    // The reporter itself begins with "", the server as a whole, as serving.
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_serving::<MfnFeaturesServiceServer<FeatureExtraction>>().await;
    reporter.set_serving::<MfnSimulationServiceServer<Simulations>>().await;
    reporter.set_serving::<MfnValidationServiceServer<PatternValidation>>().await;

    let [v1, v1alpha] = [reflection(), reflection()];
    let v1 = v1.build_v1().expect(DESCRIPTORS_ARE_OURS);
    let v1alpha = v1alpha.build_v1alpha().expect(DESCRIPTORS_ARE_OURS);

    Routes::new(features)
        .add_service(simulation)
        .add_service(validation)
        .add_service(health)
        .add_service(v1)
        .add_service(v1alpha)
        .prepare()
}

const DESCRIPTORS_ARE_OURS: &str = "the descriptor sets were made by the build";

/// Reflection on everything that is served, reflection itself included, and on
/// the details of errors, so that tools can show them.
fn reflection() -> Reflection<'static> {
    Reflection::configure()
        .register_encoded_file_descriptor_set(mfn_proto::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
}
