//! Answers that are given again.

use std::future::pending;

use mfn_proto::{FeatureRequest, SimulationRequest, SimulationStreamRequest, ValidationRequest};
use mfn_server::{Config, Control};
use prost::Message as _;
use tonic::Code;
use tonic::transport::Channel;

use crate::{FeaturesClient, SimulationClient, ValidationClient, bind, connect};

/// A server, and what it counts.
async fn counting(config: Config) -> (Channel, Control) {
    let server = bind(config);
    let (control, address) = (server.control(), server.local_addr().expect("it has an address"));
    tokio::spawn(server.serve(pending()));
    (connect(address).await, control)
}

fn hits_and_misses(control: &Control) -> (u64, u64) {
    let counts = control.cache_counts();
    (counts.hits, counts.misses)
}

/// Small enough that it is computed where it is asked for, and not.
const SIZES: [i32; 2] = [16, 96];

// shows MFN-CACHE-001, MFN-CACHE-002
#[tokio::test]
async fn a_simulation_is_computed_once_and_each_call_has_its_own_id() {
    let (channel, control) = counting(Config::default()).await;
    let mut client = SimulationClient::new(channel);
    for grid_size in SIZES {
        for include_field in [false, true] {
            let (hits, misses) = hits_and_misses(&control);
            let request = SimulationRequest {
                request_id: "first".to_owned(),
                seed: -5,
                grid_size,
                include_field,
                ..Default::default()
            };
            let answer = client.run_simulation(request.clone()).await.expect("an answer");
            let mut answer = answer.into_inner();
            assert_eq!(hits_and_misses(&control), (hits, misses + 1));
            for request_id in ["", "second", &"x".repeat(256)] {
                request_id.clone_into(&mut answer.request_id);
                let request = SimulationRequest {
                    request_id: request_id.to_owned(),
                    steps: 64,
                    alpha: 0.18,
                    spike_probability: Some(0.25),
                    ..request.clone()
                };
                let again = client.run_simulation(request).await.expect("an answer");
                assert_eq!(again.get_ref().encode_to_vec(), answer.encode_to_vec());
                if !request_id.is_empty() {
                    assert_eq!(again.metadata().get("x-request-id").expect("an id"), request_id);
                }
            }
            assert_eq!(hits_and_misses(&control), (hits + 3, misses + 1));
        }
    }
}

// shows MFN-CACHE-001, MFN-CACHE-002
#[tokio::test]
async fn features_and_validations_are_computed_once() {
    let (channel, control) = counting(Config::default()).await;
    let mut features = FeaturesClient::new(channel.clone());
    let mut validation = ValidationClient::new(channel);
    for grid_size in SIZES {
        let (hits, misses) = hits_and_misses(&control);
        for n in 0..2 {
            let id = || format!("call-{n}");
            let request = FeatureRequest { request_id: id(), grid_size, ..Default::default() };
            let answer = features.extract_features(request).await.expect("an answer").into_inner();
            assert_eq!(answer.request_id, id());
            let request = ValidationRequest { request_id: id(), grid_size, ..Default::default() };
            let answer = validation.validate_pattern(request).await.expect("an answer");
            assert_eq!(answer.get_ref().request_id, id());
        }
        assert_eq!(hits_and_misses(&control), (hits + 2, misses + 2));
    }
}

// shows MFN-CACHE-005
#[tokio::test]
async fn streams_and_what_is_refused_are_not_looked_up() {
    let (channel, control) = counting(Config::default()).await;
    let mut client = SimulationClient::new(channel);
    for _ in 0..2 {
        let request = SimulationStreamRequest { steps: 20, ..Default::default() };
        let mut frames = client.stream_simulation(request).await.expect("a stream").into_inner();
        while frames.message().await.expect("no error").is_some() {}
        let bad = SimulationRequest { grid_size: 3, ..Default::default() };
        let refused = client.run_simulation(bad).await.expect_err("3 is too small");
        assert_eq!(refused.code(), Code::InvalidArgument);
    }
    assert_eq!(hits_and_misses(&control), (0, 0));
}

// shows MFN-CACHE-006
#[tokio::test]
async fn a_cache_that_is_off_keeps_nothing() {
    let (channel, control) = counting(Config { cache_bytes: 0, ..Config::default() }).await;
    let mut client = SimulationClient::new(channel);
    let answer = client.run_simulation(SimulationRequest::default()).await.expect("an answer");
    let again = client.run_simulation(SimulationRequest::default()).await.expect("an answer");
    assert_eq!(again.into_inner(), answer.into_inner());
    assert_eq!(control.cache_counts(), mfn_server::CacheCounts::default());
}
