//! The services, one file each, and the table of all that is served.

mod answer;
mod dispatch;
mod features;
mod health;
#[cfg(feature = "other-services")]
mod other;
mod pieces;
mod reflection;
mod simulation;
mod unary;
mod validation;

use mfn_proto::mfn_features_service_server::SERVICE_NAME as FEATURES;
use mfn_proto::mfn_simulation_service_server::SERVICE_NAME as SIMULATION;
use mfn_proto::mfn_validation_service_server::SERVICE_NAME as VALIDATION;
use tokio::sync::watch;
use tonic_health::pb as health_pb;
use tonic_health::pb::health_server::SERVICE_NAME as HEALTH;

use crate::cache::AnswerCache;
use crate::compute::Compute;
use crate::config::Reflection as WhoMayReflect;
use crate::layers::one_message::OneMessage;
use crate::messages::Methods;
use crate::metrics::ServedService;
use crate::readiness::State;
pub(crate) use dispatch::Services;
use features::FeatureExtraction;
use health::Health;
#[cfg(feature = "other-services")]
pub(crate) use other::Other;
#[cfg(feature = "other-services")]
pub use other::OtherService;
use reflection::Reflection;
use simulation::Simulations;
use unary::UnaryCalls;
use validation::PatternValidation;

/// Frames of a stream that are computed before they are read.
const FRAMES_AHEAD: usize = 32;
/// The same of the pieces that frames with a field are encoded in.
const PIECES_AHEAD: usize = 8;

/// The services that have a health.
const SERVICES: &[&str] = &[FEATURES, SIMULATION, VALIDATION];

/// What is served, as its calls are counted; with reflection or without.
pub(crate) fn served(with_reflection: bool) -> Vec<ServedService> {
    let mut served: Vec<_> = SERVICES
        .iter()
        .map(|name| ServedService { name, descriptors: mfn_proto::FILE_DESCRIPTOR_SET })
        .collect();
    served.push(ServedService { name: HEALTH, descriptors: health_pb::FILE_DESCRIPTOR_SET });
    if with_reflection {
        served.extend(reflection::SERVED);
    }
    served
}

/// What the services need of the server.
#[derive(Clone, Debug)]
pub(crate) struct Resources {
    pub(crate) compute: Compute,
    /// None if answers are not kept.
    pub(crate) cache: Option<AnswerCache>,
    /// Largest message either way, in bytes.
    pub(crate) max_message_bytes: usize,
    pub(crate) reflection: WhoMayReflect,
    pub(crate) state: watch::Receiver<State>,
}

/// The services of MFN, the health of each, and both versions of reflection,
/// since tools ask for either.
pub(crate) fn services(resources: Resources) -> Services {
    let Resources { compute, cache, max_message_bytes: max, reflection, state } = resources;
    let unary = UnaryCalls::new(compute.clone(), cache);
    let features = FeatureExtraction::new(compute.clone(), unary.clone());
    let simulation = Simulations::new(compute, unary.clone(), max);
    let validation = PatternValidation::new(unary);
    let methods = |service| Methods::of(service, mfn_proto::FILE_DESCRIPTOR_SET);
    Services {
        features: OneMessage::new(features, methods(FEATURES), max),
        simulation: OneMessage::new(simulation, methods(SIMULATION), max),
        validation: OneMessage::new(validation, methods(VALIDATION), max),
        health: Health::new(state, SERVICES),
        reflection: (reflection != WhoMayReflect::Off).then(Reflection::new),
    }
}
