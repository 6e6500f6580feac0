//! The wire's requests as checked parameters, and results as the wire's answers.

mod features;
mod field;
mod simulation;
mod validation;

use std::collections::BTreeMap;

use mfn_core::params::Checks;
use mfn_core::{FrameInterval, SimulationParams, SimulationSettings, Violations};
use mfn_proto::ResponseMeta;

use crate::request_id::MAX_REQUEST_ID_BYTES;

pub(crate) use features::{feature_frame, feature_response, feature_stream, features};
pub(crate) use field::{FieldMessage, PIECE_BYTES};
pub(crate) use simulation::{
    answer_bytes, frame_with_field, result_with_field, simulation, simulation_frame,
    simulation_result, simulation_stream,
};
pub(crate) use validation::{validation, validation_result};

/// Version of the specification that the answers follow.
pub const SPEC_VERSION: &str = "1.1.0";
/// Steps between two frames, if the request does not say.
const DEFAULT_STREAM_INTERVAL: i32 = 10;

/// The settings of a request of any message with a simulation's fields: what
/// is absent gets its default.
macro_rules! simulation_settings {
    ($request:expr) => {{
        let default = mfn_core::SimulationSettings::default();
        mfn_core::SimulationSettings {
            seed: $request.seed.into(),
            grid_size: $crate::convert::nonzero_or($request.grid_size, default.grid_size),
            steps: $crate::convert::nonzero_or($request.steps, default.steps),
            alpha: $crate::convert::nonzero_or($request.alpha, default.alpha),
            spike_probability: $request.spike_probability.unwrap_or(default.spike_probability),
            turing_enabled: $request.turing_enabled,
            ..default
        }
    }};
}
use simulation_settings;

/// The parameters of a unary call, whose id has so many bytes.
fn params(id_bytes: u64, settings: SimulationSettings) -> Result<SimulationParams, Violations> {
    let params = SimulationParams::try_from(settings);
    Violations::both(request_id(id_bytes), params).map(|((), params)| params)
}

/// The parameters of a stream, whose id has so many bytes.
fn stream_params(
    id_bytes: u64,
    settings: SimulationSettings,
    interval: i32,
) -> Result<(SimulationParams, FrameInterval), Violations> {
    let interval = FrameInterval::try_from(nonzero_or(interval, DEFAULT_STREAM_INTERVAL));
    Violations::both(params(id_bytes, settings), interval)
}

/// Absent and zero are the same on the wire.
fn nonzero_or<T: Default + PartialEq>(value: T, default: T) -> T {
    if value == T::default() { default } else { value }
}

fn request_id(bytes: u64) -> Result<(), Violations> {
    let mut checks = Checks::default();
    checks.require(
        bytes <= MAX_REQUEST_ID_BYTES as u64,
        "request_id",
        format_args!("{bytes} bytes long"),
        format_args!("at most {MAX_REQUEST_ID_BYTES} bytes"),
    );
    checks.finish()
}

fn meta() -> ResponseMeta {
    let entries = [("status", "ok"), ("spec", SPEC_VERSION)];
    let meta: BTreeMap<_, _> =
        entries.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    ResponseMeta { meta }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_name_the_version_of_the_spec_in_the_tree() {
        let list = include_str!("../../../../spec/requirements.toml");
        assert!(list.contains(&format!("version = \"{SPEC_VERSION}\"")), "{list:.200}");
    }
}
