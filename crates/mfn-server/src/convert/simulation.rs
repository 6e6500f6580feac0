//! The messages of `MFNSimulationService`.

use mfn_core::{FrameInterval, Simulation, SimulationParams, Violations};
use mfn_proto::{SimulationFrame, SimulationRequest, SimulationResult, SimulationStreamRequest};

use super::{FieldMessage, meta, params, simulation_settings, stream_params};

/// The numbers of the fields in which a result and a frame have the potentials.
const FIELD_OF_RESULT: u32 = 9;
const FIELD_OF_FRAME: u32 = 10;

/// The parameters of `RunSimulation`. The id was sent with `id_bytes`, of which
/// the request may hold only the first.
///
/// # Errors
/// Names every field that is out of its range.
pub(crate) fn simulation(
    request: &SimulationRequest,
    id_bytes: u64,
) -> Result<SimulationParams, Violations> {
    params(id_bytes, simulation_settings!(request))
}

/// The parameters of `StreamSimulation`. See [`simulation`].
///
/// # Errors
/// Names every field that is out of its range.
pub(crate) fn simulation_stream(
    request: &SimulationStreamRequest,
    id_bytes: u64,
) -> Result<(SimulationParams, FrameInterval), Violations> {
    let settings = simulation_settings!(request);
    stream_params(id_bytes, settings, request.stream_interval)
}

/// The answer of `RunSimulation`, without a field and without the id of its call.
pub(crate) fn simulation_result(simulation: &Simulation) -> SimulationResult {
    let summary = simulation.summary();
    SimulationResult {
        request_id: String::new(),
        meta: Some(meta()),
        growth_events: summary.growth_events as i32,
        pot_min_m_v: summary.statistics.min_mv,
        pot_max_m_v: summary.statistics.max_mv,
        pot_mean_m_v: summary.statistics.mean_mv,
        pot_std_m_v: summary.statistics.std_mv,
        fractal_dimension: summary.fractal_dimension,
        field: None,
    }
}

/// The same with its field, to be encoded in pieces.
pub(crate) fn result_with_field(simulation: &Simulation) -> FieldMessage {
    let result = simulation_result(simulation);
    FieldMessage::new(&result, FIELD_OF_RESULT, simulation)
}

/// A frame of `StreamSimulation`, without a field.
pub(crate) fn simulation_frame(
    request: &SimulationStreamRequest,
    simulation: &Simulation,
) -> SimulationFrame {
    let summary = simulation.summary();
    SimulationFrame {
        request_id: request.request_id.clone(),
        step: summary.step as i32,
        growth_events: summary.growth_events as i32,
        pot_mean_m_v: summary.statistics.mean_mv,
        fractal_dimension: summary.fractal_dimension,
        pot_min_m_v: summary.statistics.min_mv,
        pot_max_m_v: summary.statistics.max_mv,
        pot_std_m_v: summary.statistics.std_mv,
        is_final: simulation.is_finished(),
        field: None,
    }
}

/// The same with its field and its prefix, to be encoded in pieces.
pub(crate) fn frame_with_field(
    request: &SimulationStreamRequest,
    simulation: &Simulation,
) -> FieldMessage {
    let frame = simulation_frame(request, simulation);
    FieldMessage::new(&frame, FIELD_OF_FRAME, simulation).with_prefix()
}

/// The most bytes that a result or frame has.
pub(crate) fn answer_bytes(params: &SimulationParams, with_field: bool) -> usize {
    /// More than all but the field ever has: an id of 256 bytes, the meta
    /// entries, some numbers of up to 11 bytes with their tags.
    const WITHOUT_FIELD: usize = 512;
    let cells = params.grid_size() * params.grid_size();
    WITHOUT_FIELD + if with_field { cells * size_of::<f64>() } else { 0 }
}

#[cfg(test)]
mod tests {
    use mfn_core::SimulationSettings;
    use prost::Message as _;

    use super::*;

    #[test]
    fn what_is_absent_or_zero_gets_its_default() {
        let params =
            simulation(&SimulationRequest::default(), 0).expect("the defaults are allowed");
        let default = SimulationParams::try_from(SimulationSettings::default());
        assert_eq!(Ok(params), default);

        let request = SimulationStreamRequest { alpha: -0.0, ..Default::default() };
        let stream = simulation_stream(&request, request.request_id.len() as u64)
            .expect("the defaults are allowed");
        assert_eq!(stream, (params, FrameInterval::try_from(10).expect("10 is allowed")));
    }

    #[test]
    fn an_explicit_spike_probability_of_zero_is_kept() {
        let request = SimulationRequest { spike_probability: Some(0.0), ..Default::default() };
        let params = simulation(&request, request.request_id.len() as u64).expect("0 is allowed");
        assert_eq!(params.spike_probability().to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn no_answer_is_larger_than_it_is_expected_to_be() {
        for include_field in [false, true] {
            let request = SimulationRequest {
                request_id: "x".repeat(256),
                grid_size: 32,
                steps: 1,
                include_field,
                ..Default::default()
            };
            let params = simulation(&request, 256).expect("allowed");
            let simulation = Simulation::run(params);
            let bytes = if include_field {
                let mut message = result_with_field(&simulation);
                std::iter::from_fn(|| message.next_piece(&simulation))
                    .map(|piece| piece.len())
                    .sum()
            } else {
                simulation_result(&simulation).encoded_len()
            };
            // Its id is not in it yet.
            let bytes = bytes + request.encoded_len();
            let expected = answer_bytes(&params, include_field);
            assert!(bytes <= expected && expected <= bytes + 512, "{bytes}, {expected}");
        }
    }

    #[test]
    fn every_field_reaches_its_parameter() {
        let request = SimulationStreamRequest {
            request_id: "test-123".to_owned(),
            seed: i32::MIN,
            grid_size: 5,
            steps: 6,
            stream_interval: 7,
            alpha: 0.2,
            spike_probability: Some(0.5),
            turing_enabled: true,
            include_field: true,
        };
        let settings = SimulationSettings {
            seed: i64::from(i32::MIN),
            grid_size: 5,
            steps: 6,
            alpha: 0.2,
            spike_probability: 0.5,
            turing_enabled: true,
            quantum_jitter: false,
        };
        let expected =
            Violations::both(SimulationParams::try_from(settings), FrameInterval::try_from(7));
        assert_eq!(simulation_stream(&request, request.request_id.len() as u64), expected);

        let request = SimulationRequest {
            request_id: "test-123".to_owned(),
            seed: i32::MIN,
            grid_size: 5,
            steps: 6,
            alpha: 0.2,
            spike_probability: Some(0.5),
            turing_enabled: true,
            include_field: true,
        };
        assert_eq!(
            simulation(&request, request.request_id.len() as u64),
            SimulationParams::try_from(settings)
        );
    }

    #[test]
    fn all_bad_fields_are_named_at_once_in_their_order() {
        let request = SimulationStreamRequest {
            request_id: "x".repeat(257),
            grid_size: -1,
            steps: -1,
            stream_interval: -1,
            alpha: f64::NAN,
            spike_probability: Some(-1.0),
            ..Default::default()
        };
        let violations = simulation_stream(&request, request.request_id.len() as u64)
            .expect_err("nothing of it is allowed");
        let named: Vec<_> = violations.as_slice().iter().map(|v| v.field).collect();
        assert_eq!(
            named,
            ["request_id", "grid_size", "steps", "alpha", "spike_probability", "stream_interval"]
        );
    }
}
