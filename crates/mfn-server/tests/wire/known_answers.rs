//! `fixtures/known-answers.json` over the wire: class E to the last bit, class N
//! within 1e-9.

use std::collections::BTreeMap;
use std::fs;

use mfn_proto::{FeatureRequest, SimulationRequest, ValidationRequest};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{features_client, simulation_client, validation_client};

#[derive(Deserialize)]
struct Known<Request> {
    request: Request,
    /// By the names of the wire.
    result: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct KnownSimulation {
    seed: i32,
    grid_size: i32,
    steps: i32,
    alpha: f64,
    spike_probability: f64,
    turing_enabled: bool,
}

#[derive(Deserialize)]
struct KnownValidation {
    seed: i32,
    epochs: i32,
    batch_size: i32,
    grid_size: i32,
    steps: i32,
    turing_enabled: bool,
    quantum_jitter: bool,
}

// shows MFN-SIM-005, MFN-STAT-001, MFN-STAT-002, MFN-STAT-003, MFN-STAT-004, MFN-STAT-006
#[tokio::test]
async fn run_simulation_gives_every_known_answer() {
    let mut client = simulation_client().await;
    for Known { request, result } in section::<KnownSimulation>("run_simulation") {
        let request = SimulationRequest {
            seed: request.seed,
            grid_size: request.grid_size,
            steps: request.steps,
            alpha: request.alpha,
            spike_probability: Some(request.spike_probability),
            turing_enabled: request.turing_enabled,
            ..Default::default()
        };
        let answer = client.run_simulation(request).await.expect("an answer").into_inner();
        let answered = [
            ("growth_events", f64::from(answer.growth_events)),
            ("pot_min_mV", answer.pot_min_m_v),
            ("pot_max_mV", answer.pot_max_m_v),
            ("pot_mean_mV", answer.pot_mean_m_v),
            ("pot_std_mV", answer.pot_std_m_v),
            ("fractal_dimension", answer.fractal_dimension),
        ];
        compare(&answered, &result);
    }
}

// shows MFN-FEAT-001, MFN-FEAT-002, MFN-FEAT-004, MFN-FEAT-006, MFN-FEAT-007, MFN-FEAT-008,
// MFN-FEAT-009
#[tokio::test]
async fn extract_features_gives_every_known_answer() {
    let mut client = features_client().await;
    for Known { request, result } in section::<KnownSimulation>("features") {
        let request = FeatureRequest {
            seed: request.seed,
            grid_size: request.grid_size,
            steps: request.steps,
            alpha: request.alpha,
            spike_probability: Some(request.spike_probability),
            turing_enabled: request.turing_enabled,
            ..Default::default()
        };
        let answer = client.extract_features(request).await.expect("an answer").into_inner();
        let answered = [
            ("fractal_dimension", answer.fractal_dimension),
            ("lacunarity", answer.lacunarity),
            ("hurst_exponent", answer.hurst_exponent),
            ("spectral_energy_mean", answer.spectral_energy_mean),
            ("spectral_energy_std", answer.spectral_energy_std),
            ("active_nodes", f64::from(answer.active_nodes)),
            ("edge_density", answer.edge_density),
            ("clustering_coefficient", answer.clustering_coefficient),
        ];
        compare(&answered, &result);
    }
}

// shows MFN-VAL-003, MFN-VAL-010, MFN-VAL-011, MFN-VAL-012, MFN-VAL-013
#[tokio::test]
async fn validate_pattern_gives_every_known_answer() {
    let mut client = validation_client().await;
    for Known { request, result } in section::<KnownValidation>("validation") {
        let request = ValidationRequest {
            request_id: String::new(),
            seed: request.seed,
            epochs: request.epochs,
            batch_size: request.batch_size,
            grid_size: request.grid_size,
            steps: request.steps,
            turing_enabled: request.turing_enabled,
            quantum_jitter: request.quantum_jitter,
        };
        let answer = client.validate_pattern(request).await.expect("an answer").into_inner();
        let answered = [
            ("loss_start", answer.loss_start),
            ("loss_final", answer.loss_final),
            ("loss_drop", answer.loss_drop),
            ("pot_min_mV", answer.pot_min_m_v),
            ("pot_max_mV", answer.pot_max_m_v),
            ("example_fractal_dim", answer.example_fractal_dim),
            ("lyapunov_exponent", answer.lyapunov_exponent),
            ("growth_events", answer.growth_events),
            ("nernst_symbolic_mV", answer.nernst_symbolic_m_v),
            ("nernst_numeric_mV", answer.nernst_numeric_m_v),
        ];
        compare(&answered, &result);
    }
}

fn section<Request: DeserializeOwned>(name: &str) -> Vec<Known<Request>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/known-answers.json");
    let text = fs::read_to_string(path).expect("the fixture is there");
    let mut all: serde_json::Value = serde_json::from_str(&text).expect("the fixture is JSON");
    let known: Vec<_> =
        serde_json::from_value(all[name].take()).expect("the section is well-formed");
    assert!(!known.is_empty());
    known
}

/// Every known number has been answered, and no other.
fn compare(answered: &[(&str, f64)], known: &BTreeMap<String, f64>) {
    assert_eq!(answered.len(), known.len());
    for (name, answer) in answered {
        let known = known[*name];
        if name.starts_with("spectral_energy") {
            assert!((answer - known).abs() <= 1e-9 * known, "{name}: {answer}, known is {known}");
        } else {
            assert_eq!(answer.to_bits(), known.to_bits(), "{name}: {answer}, known is {known}");
        }
    }
}
