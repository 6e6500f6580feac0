//! What holds between answers, whatever the request: between a stream and its
//! unary call, between services, between two requests that differ in name.

use mfn_proto::{
    FeatureFrame, FeatureRequest, FeatureResponse, FeatureStreamRequest, SimulationFrame,
    SimulationRequest, SimulationResult, SimulationStreamRequest, ValidationRequest,
    ValidationResult,
};
use proptest::prelude::*;
use tokio::runtime::{Builder, Runtime};
use tokio_stream::StreamExt as _;
use tonic::transport::Channel;

use crate::{FeaturesClient, SimulationClient, ValidationClient, channel};

/// Cases of each test: each is a few calls.
const CASES: u32 = 32;

/// A server, and what it answers.
struct Service {
    runtime: Runtime,
    channel: Channel,
}

impl Service {
    fn new() -> Self {
        let runtime = Builder::new_multi_thread().enable_all().build().expect("threads");
        let channel = runtime.block_on(channel());
        Self { runtime, channel }
    }

    fn simulation(&self, request: SimulationRequest) -> SimulationResult {
        let mut client = SimulationClient::new(self.channel.clone());
        let answer = self.runtime.block_on(client.run_simulation(request));
        answer.expect("an answer").into_inner()
    }

    fn simulation_frames(&self, request: SimulationStreamRequest) -> Vec<SimulationFrame> {
        let mut client = SimulationClient::new(self.channel.clone());
        self.runtime.block_on(async {
            let stream = client.stream_simulation(request).await.expect("a stream");
            stream.into_inner().collect::<Result<_, _>>().await.expect("only frames")
        })
    }

    fn features(&self, request: FeatureRequest) -> FeatureResponse {
        let mut client = FeaturesClient::new(self.channel.clone());
        let answer = self.runtime.block_on(client.extract_features(request));
        answer.expect("an answer").into_inner()
    }

    fn feature_frames(&self, request: FeatureStreamRequest) -> Vec<FeatureFrame> {
        let mut client = FeaturesClient::new(self.channel.clone());
        self.runtime.block_on(async {
            let stream = client.stream_features(request).await.expect("a stream");
            stream.into_inner().collect::<Result<_, _>>().await.expect("only frames")
        })
    }

    fn validation(&self, request: ValidationRequest) -> ValidationResult {
        let mut client = ValidationClient::new(self.channel.clone());
        let answer = self.runtime.block_on(client.validate_pattern(request));
        answer.expect("an answer").into_inner()
    }
}

/// Requests small and large enough for either way of computing them.
fn requests() -> impl Strategy<Value = SimulationRequest> {
    let size_and_steps = prop_oneof![(4..=16, 1..=40), (17..=70, 1..=60)];
    let probability = prop::option::of(0.0..=1.0);
    (any::<i32>(), size_and_steps, 0.05..0.25, probability, any::<bool>()).prop_map(
        |(seed, (grid_size, steps), alpha, spike_probability, turing_enabled)| SimulationRequest {
            request_id: "one".to_owned(),
            seed,
            grid_size,
            steps,
            alpha,
            spike_probability,
            turing_enabled,
            include_field: false,
        },
    )
}

fn feature_request(request: &SimulationRequest) -> FeatureRequest {
    FeatureRequest {
        request_id: request.request_id.clone(),
        seed: request.seed,
        grid_size: request.grid_size,
        steps: request.steps,
        alpha: request.alpha,
        spike_probability: request.spike_probability,
        turing_enabled: request.turing_enabled,
    }
}

/// Runs `property` for [`CASES`] requests, all on one server.
fn for_all<S: Strategy>(
    strategy: &S,
    property: impl Fn(&Service, S::Value) -> Result<(), TestCaseError>,
) {
    let service = Service::new();
    let config = ProptestConfig { source_file: Some(file!()), ..ProptestConfig::with_cases(CASES) };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    runner.run(strategy, |value| property(&service, value)).unwrap_or_else(|e| panic!("{e}"));
}

// shows MFN-STREAM-003, MFN-STREAM-004
#[test]
fn the_last_frame_of_a_simulation_is_the_unary_answer() {
    for_all(&(requests(), 1..100), |service, (request, stream_interval)| {
        let frames = service.simulation_frames(SimulationStreamRequest {
            request_id: request.request_id.clone(),
            seed: request.seed,
            grid_size: request.grid_size,
            steps: request.steps,
            stream_interval,
            alpha: request.alpha,
            spike_probability: request.spike_probability,
            turing_enabled: request.turing_enabled,
            include_field: true,
        });
        let result =
            service.simulation(SimulationRequest { include_field: true, ..request.clone() });
        let last = SimulationFrame {
            request_id: result.request_id,
            step: request.steps,
            growth_events: result.growth_events,
            pot_mean_m_v: result.pot_mean_m_v,
            fractal_dimension: result.fractal_dimension,
            pot_min_m_v: result.pot_min_m_v,
            pot_max_m_v: result.pot_max_m_v,
            pot_std_m_v: result.pot_std_m_v,
            is_final: true,
            field: result.field,
        };
        prop_assert_eq!(frames.last(), Some(&last));
        prop_assert_eq!(frames.iter().filter(|frame| frame.is_final).count(), 1);
        Ok(())
    });
}

// shows MFN-STREAM-003, MFN-STREAM-004
#[test]
fn the_last_frame_of_features_is_the_unary_answer() {
    for_all(&(requests(), 1..100), |service, (request, stream_interval)| {
        let frames = service.feature_frames(FeatureStreamRequest {
            request_id: request.request_id.clone(),
            seed: request.seed,
            grid_size: request.grid_size,
            steps: request.steps,
            stream_interval,
            alpha: request.alpha,
            spike_probability: request.spike_probability,
            turing_enabled: request.turing_enabled,
        });
        let answer = service.features(feature_request(&request));
        let last = FeatureFrame {
            request_id: answer.request_id,
            step: request.steps,
            fractal_dimension: answer.fractal_dimension,
            spectral_energy_mean: answer.spectral_energy_mean,
            active_nodes: answer.active_nodes,
            lacunarity: answer.lacunarity,
            hurst_exponent: answer.hurst_exponent,
            spectral_energy_std: answer.spectral_energy_std,
            edge_density: answer.edge_density,
            clustering_coefficient: answer.clustering_coefficient,
            is_final: true,
        };
        prop_assert_eq!(frames.last(), Some(&last));
        prop_assert_eq!(frames.iter().filter(|frame| frame.is_final).count(), 1);
        Ok(())
    });
}

// shows MFN-FEAT-001, MFN-FEAT-006
#[test]
fn simulation_and_features_agree_on_dimension_and_variance() {
    for_all(&requests(), |service, request| {
        let features = service.features(feature_request(&request));
        let cells = f64::from(request.grid_size).powi(2);
        let result = service.simulation(request);
        prop_assert_eq!(features.fractal_dimension.to_bits(), result.fractal_dimension.to_bits());
        // Parseval's theorem.
        let variance = result.pot_std_m_v * result.pot_std_m_v;
        let power = features.spectral_energy_mean * (cells - 1.0);
        prop_assert!((power - variance).abs() <= 1e-9 * variance, "{power} {variance}");
        Ok(())
    });
}

// shows MFN-VAL-011
#[test]
fn a_validation_s_example_is_the_simulation_with_the_next_seed() {
    let strategy = (i32::MIN..i32::MAX, 4..=20, 1..=40, any::<bool>());
    for_all(&strategy, |service, (seed, grid_size, steps, turing_enabled)| {
        let validation = service.validation(ValidationRequest {
            seed,
            grid_size,
            steps,
            turing_enabled,
            ..Default::default()
        });
        let example = service.simulation(SimulationRequest {
            seed: seed + 1,
            grid_size,
            steps,
            turing_enabled,
            ..Default::default()
        });
        prop_assert_eq!(
            validation.growth_events.to_bits(),
            f64::from(example.growth_events).to_bits()
        );
        Ok(())
    });
}

// shows MFN-WIRE-006, MFN-WIRE-007
#[test]
fn a_request_id_changes_nothing_but_itself() {
    for_all(&(requests(), "\\PC{0,40}"), |service, (request, other)| {
        let renamed = SimulationRequest { request_id: other.clone(), ..request.clone() };
        let (mut one, two) =
            (service.simulation(request.clone()), service.simulation(renamed.clone()));
        one.request_id.clone_from(&other);
        prop_assert_eq!(one, two);

        let mut one = service.features(feature_request(&request));
        one.request_id.clone_from(&other);
        prop_assert_eq!(one, service.features(feature_request(&renamed)));

        let stream = |request_id: &str| SimulationStreamRequest {
            request_id: request_id.to_owned(),
            seed: request.seed,
            grid_size: request.grid_size,
            steps: request.steps,
            ..Default::default()
        };
        let mut frames = service.simulation_frames(stream("one"));
        for frame in &mut frames {
            frame.request_id.clone_from(&other);
        }
        prop_assert_eq!(frames, service.simulation_frames(stream(&other)));

        let validation = |request_id: &str| ValidationRequest {
            request_id: request_id.to_owned(),
            seed: request.seed,
            grid_size: 8,
            steps: 4,
            ..Default::default()
        };
        let mut one = service.validation(validation("one"));
        one.request_id.clone_from(&other);
        prop_assert_eq!(one, service.validation(validation(&other)));
        Ok(())
    });
}
