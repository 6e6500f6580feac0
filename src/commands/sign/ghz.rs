//! Configurations of ghz with the headers of a call in them.

use serde_json::Value;

use super::Headers;
use crate::failure::Failure;

/// The fixtures, which are what is printed, by the method that each calls.
const CONFIGURATIONS: [(&str, &str); 5] = [
    (
        "mfn.MFNSimulationService/RunSimulation",
        include_str!("../../../fixtures/ghz/run_simulation.json"),
    ),
    (
        "mfn.MFNSimulationService/StreamSimulation",
        include_str!("../../../fixtures/ghz/stream_simulation.json"),
    ),
    (
        "mfn.MFNFeaturesService/ExtractFeatures",
        include_str!("../../../fixtures/ghz/extract_features.json"),
    ),
    (
        "mfn.MFNFeaturesService/StreamFeatures",
        include_str!("../../../fixtures/ghz/stream_features.json"),
    ),
    (
        "mfn.MFNValidationService/ValidatePattern",
        include_str!("../../../fixtures/ghz/validate_pattern.json"),
    ),
];

/// The methods that there is a configuration for: all of MFN's.
pub(super) fn methods() -> impl Iterator<Item = &'static str> {
    CONFIGURATIONS.into_iter().map(|(method, _)| method)
}

/// What `ghz --config` takes to call the method at `path` with these headers.
pub(super) fn configuration(path: &str, headers: &Headers<'_>) -> Result<String, Failure> {
    let method = path.trim_start_matches('/');
    let (_, fixture) = CONFIGURATIONS
        .iter()
        .find(|(called, _)| *called == method)
        .ok_or_else(|| unknown(method))?;
    let mut configuration: Value = serde_json::from_str(fixture).expect("a fixture is JSON");
    configuration["metadata"] = headers.as_json();
    Ok(format!("{configuration:#}"))
}

fn unknown(method: &str) -> Failure {
    let known = CONFIGURATIONS.map(|(method, _)| method).join(", ");
    Failure::Usage(format!(
        "there is no configuration of ghz for {method}; there is one for {known}"
    ))
}
