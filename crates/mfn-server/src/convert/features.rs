//! The messages of `MFNFeaturesService`.

use mfn_core::{Features, FrameInterval, Simulation, SimulationParams, Violations};
use mfn_proto::{FeatureFrame, FeatureRequest, FeatureResponse, FeatureStreamRequest};

use super::{meta, params, simulation_settings, stream_params};

/// The parameters of `ExtractFeatures`. The id was sent with `id_bytes`, of which
/// the request may hold only the first.
///
/// # Errors
/// Names every field that is out of its range.
pub(crate) fn features(
    request: &FeatureRequest,
    id_bytes: u64,
) -> Result<SimulationParams, Violations> {
    params(id_bytes, simulation_settings!(request))
}

/// The parameters of `StreamFeatures`. See [`features`].
///
/// # Errors
/// Names every field that is out of its range.
pub(crate) fn feature_stream(
    request: &FeatureStreamRequest,
    id_bytes: u64,
) -> Result<(SimulationParams, FrameInterval), Violations> {
    let settings = simulation_settings!(request);
    stream_params(id_bytes, settings, request.stream_interval)
}

/// The answer of `ExtractFeatures`, without the id of its call.
pub(crate) fn feature_response(features: Features) -> FeatureResponse {
    FeatureResponse {
        request_id: String::new(),
        meta: Some(meta()),
        fractal_dimension: features.fractal_dimension,
        lacunarity: features.lacunarity,
        hurst_exponent: features.hurst_exponent,
        spectral_energy_mean: features.spectral_energy_mean,
        spectral_energy_std: features.spectral_energy_std,
        active_nodes: features.active_nodes as i32,
        edge_density: features.edge_density,
        clustering_coefficient: features.clustering_coefficient,
    }
}

/// A frame of `StreamFeatures`.
pub(crate) fn feature_frame(
    request: &FeatureStreamRequest,
    simulation: &Simulation,
    features: Features,
) -> FeatureFrame {
    FeatureFrame {
        request_id: request.request_id.clone(),
        step: simulation.steps_done() as i32,
        fractal_dimension: features.fractal_dimension,
        spectral_energy_mean: features.spectral_energy_mean,
        active_nodes: features.active_nodes as i32,
        lacunarity: features.lacunarity,
        hurst_exponent: features.hurst_exponent,
        spectral_energy_std: features.spectral_energy_std,
        edge_density: features.edge_density,
        clustering_coefficient: features.clustering_coefficient,
        is_final: simulation.is_finished(),
    }
}
