//! `fixtures/known-answers.json` over the wire, to the last bit.

use std::fs;

use mfn_proto::{SimulationRequest, SimulationResult};
use serde::Deserialize;

use crate::simulation_client;

#[derive(Deserialize)]
struct KnownAnswers {
    run_simulation: Vec<Known>,
}

#[derive(Deserialize)]
struct Known {
    request: KnownRequest,
    result: KnownResult,
}

#[derive(Deserialize)]
struct KnownRequest {
    seed: i32,
    grid_size: i32,
    steps: i32,
    alpha: f64,
    spike_probability: f64,
    turing_enabled: bool,
}

#[derive(Deserialize)]
#[allow(non_snake_case, reason = "the names of the wire")]
struct KnownResult {
    growth_events: i32,
    pot_min_mV: f64,
    pot_max_mV: f64,
    pot_mean_mV: f64,
    pot_std_mV: f64,
    fractal_dimension: f64,
}

#[tokio::test]
async fn run_simulation_gives_every_known_answer_to_the_last_bit() {
    let mut client = simulation_client().await;
    let known = known_answers().run_simulation;
    assert!(!known.is_empty());
    for Known { request, result } in known {
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
        assert_eq!(answer.growth_events, result.growth_events);
        assert_eq!(bits(&answer), known_bits(&result), "{answer:?}");
    }
}

fn known_answers() -> KnownAnswers {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/known-answers.json");
    let text = fs::read_to_string(path).expect("the fixture is there");
    serde_json::from_str(&text).expect("the fixture is well-formed")
}

fn bits(result: &SimulationResult) -> [u64; 5] {
    [
        result.pot_min_m_v,
        result.pot_max_m_v,
        result.pot_mean_m_v,
        result.pot_std_m_v,
        result.fractal_dimension,
    ]
    .map(f64::to_bits)
}

fn known_bits(result: &KnownResult) -> [u64; 5] {
    [
        result.pot_min_mV,
        result.pot_max_mV,
        result.pot_mean_mV,
        result.pot_std_mV,
        result.fractal_dimension,
    ]
    .map(f64::to_bits)
}
