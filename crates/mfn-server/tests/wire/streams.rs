//! Frames of one simulation, and what an answer holds besides its numbers.

use mfn_proto::{SimulationFrame, SimulationRequest, SimulationResult, SimulationStreamRequest};
use tokio_stream::StreamExt as _;

use crate::{SimulationClient, simulation_client};

async fn frames(
    client: &mut SimulationClient,
    request: SimulationStreamRequest,
) -> Vec<SimulationFrame> {
    let stream = client.stream_simulation(request).await.expect("a stream").into_inner();
    stream.collect::<Result<_, _>>().await.expect("only frames")
}

/// The frame that `result` is, if it is the last one.
fn last_frame(step: i32, result: SimulationResult) -> SimulationFrame {
    SimulationFrame {
        request_id: result.request_id,
        step,
        growth_events: result.growth_events,
        pot_mean_m_v: result.pot_mean_m_v,
        fractal_dimension: result.fractal_dimension,
        pot_min_m_v: result.pot_min_m_v,
        pot_max_m_v: result.pot_max_m_v,
        pot_std_m_v: result.pot_std_m_v,
        is_final: true,
        field: result.field,
    }
}

// Once small enough to be computed where it is asked for, and once not.
const GRID_SIZES: [i32; 2] = [8, 64];

// shows MFN-STREAM-001, MFN-STREAM-003, MFN-STREAM-004
#[tokio::test]
async fn frames_come_every_interval_and_the_last_is_the_unary_answer() {
    let mut client = simulation_client().await;
    for grid_size in GRID_SIZES {
        let request = SimulationStreamRequest {
            request_id: "test-123".to_owned(),
            seed: 42,
            grid_size,
            steps: 100,
            stream_interval: 30,
            turing_enabled: true,
            include_field: true,
            ..Default::default()
        };
        let frames = frames(&mut client, request).await;
        let steps: Vec<_> = frames.iter().map(|frame| (frame.step, frame.is_final)).collect();
        assert_eq!(steps, [(30, false), (60, false), (90, false), (100, true)]);

        for frame in frames {
            let unary = SimulationRequest {
                request_id: "test-123".to_owned(),
                seed: 42,
                grid_size,
                steps: frame.step,
                turing_enabled: true,
                include_field: true,
                ..Default::default()
            };
            let result = client.run_simulation(unary).await.expect("an answer").into_inner();
            let expected = last_frame(frame.step, result);
            assert_eq!(SimulationFrame { is_final: true, ..frame }, expected);
        }
    }
}

// shows MFN-STREAM-001, MFN-STREAM-004
#[tokio::test]
async fn an_interval_beyond_the_end_leaves_one_frame() {
    let mut client = simulation_client().await;
    let request = SimulationStreamRequest {
        grid_size: 8,
        steps: 7,
        stream_interval: 10_000,
        ..Default::default()
    };
    let frames = frames(&mut client, request).await;
    let steps: Vec<_> = frames.iter().map(|frame| (frame.step, frame.is_final)).collect();
    assert_eq!(steps, [(7, true)]);
}

// shows MFN-WIRE-002
#[tokio::test]
async fn frames_come_every_ten_steps_unless_the_request_says_otherwise() {
    let mut client = simulation_client().await;
    let request = SimulationStreamRequest { grid_size: 8, steps: 25, ..Default::default() };
    let steps: Vec<_> = frames(&mut client, request).await.iter().map(|f| f.step).collect();
    assert_eq!(steps, [10, 20, 25]);
}

// shows MFN-WIRE-006
#[tokio::test]
async fn the_request_id_is_echoed_exactly_and_an_absent_one_stays_empty() {
    let mut client = simulation_client().await;
    for id in ["", "test-123", " \u{e9}\n\0%20 "] {
        let request_id = id.to_owned();
        let request = SimulationRequest { request_id, grid_size: 8, ..Default::default() };
        let result = client.run_simulation(request).await.expect("an answer").into_inner();
        assert_eq!(result.request_id, id);

        let request_id = id.to_owned();
        let request = SimulationStreamRequest { request_id, grid_size: 8, ..Default::default() };
        let frames = frames(&mut client, request).await;
        assert!(frames.iter().all(|frame| frame.request_id == id));
    }
}

// shows MFN-WIRE-008
#[tokio::test]
async fn an_answer_says_that_it_is_ok_and_which_spec_it_follows() {
    let mut client = simulation_client().await;
    let request = SimulationRequest { grid_size: 8, ..Default::default() };
    let result = client.run_simulation(request).await.expect("an answer").into_inner();
    let meta = result.meta.expect("always there").meta;
    let entries: Vec<_> = meta.iter().map(|(key, value)| (&**key, &**value)).collect();
    assert_eq!(entries, [("spec", "1.1.0"), ("status", "ok")]);
}

// shows MFN-WIRE-009
#[tokio::test]
async fn the_field_comes_when_asked_for_row_by_row() {
    let mut client = simulation_client().await;
    let request =
        SimulationRequest { seed: 42, grid_size: 8, include_field: true, ..Default::default() };
    let result = client.run_simulation(request.clone()).await.expect("an answer").into_inner();
    let field = result.field.expect("asked for");
    assert_eq!(field.grid_size, 8);
    let values: Vec<_> = field.values_m_v.iter().map(|value| value.to_bits()).collect();
    assert_eq!(values, field_of_core(42, 8));

    let request = SimulationRequest { include_field: false, ..request };
    let result = client.run_simulation(request).await.expect("an answer").into_inner();
    assert_eq!(result.field, None);
}

fn field_of_core(seed: i64, grid_size: i32) -> Vec<u64> {
    let settings = mfn_core::SimulationSettings { seed, grid_size, ..Default::default() };
    let params = mfn_core::SimulationParams::try_from(settings).expect("allowed");
    let simulation = mfn_core::Simulation::run(params);
    simulation.field_mv().iter().map(|value| value.to_bits()).collect()
}

// shows MFN-WIRE-009
#[tokio::test]
async fn the_largest_field_fits_a_message() {
    let mut client = simulation_client().await;
    let request =
        SimulationRequest { grid_size: 1024, steps: 1, include_field: true, ..Default::default() };
    let result = client.run_simulation(request).await.expect("an answer").into_inner();
    assert_eq!(result.field.expect("asked for").values_m_v.len(), 1024 * 1024);
}
