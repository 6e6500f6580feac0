//! What a request leaves out.

use mfn_proto::{SimulationRequest, SimulationResult};

use crate::{SimulationClient, simulation_client};

async fn run(client: &mut SimulationClient, request: SimulationRequest) -> SimulationResult {
    let answer = client.run_simulation(request).await;
    answer.expect("an answer").into_inner()
}

// shows MFN-WIRE-002, MFN-WIRE-003
#[tokio::test]
async fn what_is_left_out_has_its_default() {
    let mut client = simulation_client().await;
    let brief = SimulationRequest {
        request_id: "test-123".to_owned(),
        seed: 42,
        grid_size: 64,
        steps: 64,
        ..Default::default()
    };
    let answer = run(&mut client, brief.clone()).await;
    let dimension = answer.fractal_dimension;
    assert_eq!(dimension.to_bits(), 1.774_263_517_239_971_f64.to_bits());
    assert_eq!(answer.growth_events, 12);

    let mut explicit = brief.clone();
    explicit.alpha = 0.18;
    explicit.spike_probability = Some(0.25);
    assert_eq!(run(&mut client, explicit).await, answer);

    let mut briefer = brief;
    briefer.grid_size = 0;
    briefer.steps = 0;
    assert_eq!(run(&mut client, briefer).await, answer);
}

// shows MFN-WIRE-003
#[tokio::test]
async fn an_explicit_spike_probability_of_zero_lets_nothing_grow() {
    let mut client = simulation_client().await;
    let mut request = SimulationRequest::default();
    assert_ne!(run(&mut client, request.clone()).await.growth_events, 0);
    request.spike_probability = Some(0.0);
    assert_eq!(run(&mut client, request).await.growth_events, 0);
}

// shows MFN-WIRE-004
/// The seed is left out of a message that says 0, so the core is asked.
#[tokio::test]
async fn an_absent_seed_is_0() {
    let settings = mfn_core::SimulationSettings { seed: 0, ..Default::default() };
    let params = mfn_core::SimulationParams::try_from(settings).expect("the defaults are allowed");
    let expected = mfn_core::Simulation::run(params).summary();
    let mut client = simulation_client().await;
    let answer = run(&mut client, SimulationRequest::default()).await;
    assert_eq!(answer.pot_std_m_v.to_bits(), expected.statistics.std_mv.to_bits());
    assert_eq!(answer.growth_events, expected.growth_events as i32);
}
