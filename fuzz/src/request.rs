//! The body of a request of MFN, through the server's reader of messages and its
//! conversion.
//!
//! What the server reads is what `prost` reads, encoded again it stays the same, its
//! parameters are those that the specification says, and what is admitted and small is
//! computed as `reference` computes it.

use std::fmt::Debug;

use mfn_core::{
    FrameInterval, SimulationParams, SimulationSettings, ValidationParams, ValidationSettings,
    Violations,
};
use mfn_proto::{
    FeatureRequest, FeatureStreamRequest, SimulationRequest, SimulationStreamRequest,
    ValidationRequest,
};
use mfn_server::fuzzing::{Params, ReadRequest, read_request};
use prost::Message;

use crate::computed::{compare_simulation, compare_validation};
use crate::input::Input;
use crate::pieces::Pieces;

#[cfg(test)]
mod tests;

/// The methods, in the order in which the first byte chooses one.
pub const METHODS: [&str; 5] = [
    "mfn.MFNSimulationService/RunSimulation",
    "mfn.MFNSimulationService/StreamSimulation",
    "mfn.MFNFeaturesService/ExtractFeatures",
    "mfn.MFNFeaturesService/StreamFeatures",
    "mfn.MFNValidationService/ValidatePattern",
];

/// Longest message that the server of this target takes.
const MAX_MESSAGE_BYTES: usize = 1024;
/// Longest id of a call, as `spec/wire.md` has it.
const MAX_ID_BYTES: usize = 256;
const PREFIX_BYTES: usize = 5;

/// The first byte chooses the method, the second how long the parts are in which the
/// body comes, and the third whether the rest is a message or a whole body.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let method = *input.pick(&METHODS);
    let part = usize::from(input.byte()) + 1;
    let body = if input.byte() & 1 == 0 { framed(input.rest()) } else { input.rest().to_vec() };
    let read = read_request(method, Pieces::of(&body, part), MAX_MESSAGE_BYTES);
    match method {
        "mfn.MFNSimulationService/RunSimulation" => compare::<SimulationRequest>(&body, read),
        "mfn.MFNSimulationService/StreamSimulation" => {
            compare::<SimulationStreamRequest>(&body, read);
        }
        "mfn.MFNFeaturesService/ExtractFeatures" => compare::<FeatureRequest>(&body, read),
        "mfn.MFNFeaturesService/StreamFeatures" => compare::<FeatureStreamRequest>(&body, read),
        _ => compare::<ValidationRequest>(&body, read),
    }
}

/// A message with the prefix that gRPC sends before it.
#[must_use]
pub fn framed(message: &[u8]) -> Vec<u8> {
    [&[0][..], &(message.len() as u32).to_be_bytes(), message].concat()
}

/// The one message that `body` is.
fn only_message(body: &[u8]) -> Option<&[u8]> {
    let (prefix, message) = body.split_at_checked(PREFIX_BYTES)?;
    let length = u32::from_be_bytes(prefix[1..].try_into().ok()?) as usize;
    (prefix[0] == 0 && length == message.len() && length <= MAX_MESSAGE_BYTES).then_some(message)
}

fn compare<M: Request>(body: &[u8], read: Result<ReadRequest, String>) {
    let whole = only_message(body).and_then(|message| M::decode(message).ok());
    let (whole, read) = match (whole, read) {
        (Some(whole), Ok(read)) => (whole, read),
        (None, Err(_)) => return,
        // A message of allowed length has too few bytes for that here.
        (Some(whole), Err(error)) => panic!("{error} of {whole:?}"),
        (None, Ok(read)) => panic!("{read:?} of what is no message"),
    };
    let again = M::decode(&*whole.encode_to_vec()).expect("it was encoded");
    assert_eq!(again.encode_to_vec(), whole.encode_to_vec(), "{whole:?}");
    compare_kept(&whole, &read);
    match (read.params, whole.params()) {
        (Ok(params), Ok(expected)) => {
            assert_eq!(params, expected, "of {whole:?}");
            compute(params);
        }
        (Err(violations), Err(expected)) => {
            assert_eq!(violations.as_slice(), expected.as_slice(), "of {whole:?}");
        }
        (params, expected) => panic!("{params:?}, not {expected:?}, of {whole:?}"),
    }
}

/// What is kept decodes to the whole message, but for the end of an id that is too
/// long.
fn compare_kept<M: Request>(whole: &M, read: &ReadRequest) {
    let mut kept = M::decode(&*read.kept).expect("what is kept is a message");
    if let Some(bytes) = read.id_bytes_if_cut {
        assert_eq!(bytes, whole.id().len() as u64, "the length of the id of {whole:?}");
        assert!(kept.id().len() > MAX_ID_BYTES && whole.id().starts_with(kept.id()), "{whole:?}");
        whole.id().clone_into(kept.id_mut());
    }
    // A NaN is not equal to itself, but its bytes are.
    assert_eq!(kept.encode_to_vec(), whole.encode_to_vec(), "what is kept of {whole:?}");
}

fn compute(params: Params) {
    match params {
        Params::RunSimulation(params)
        | Params::StreamSimulation(params, _)
        | Params::ExtractFeatures(params)
        | Params::StreamFeatures(params, _) => compare_simulation(params),
        Params::ValidatePattern(params) => compare_validation(&params),
    }
}

/// A message of the five, and what the specification makes of it.
trait Request: Message + Default + Debug {
    fn id(&self) -> &str;
    fn id_mut(&mut self) -> &mut String;
    fn params(&self) -> Result<Params, Violations>;

    fn checked_id(&self) -> Result<(), Violations> {
        let mut checks = mfn_core::params::Checks::default();
        let bytes = self.id().len();
        checks.require(
            bytes <= MAX_ID_BYTES,
            "request_id",
            format_args!("{bytes} bytes long"),
            format_args!("at most {MAX_ID_BYTES} bytes"),
        );
        checks.finish()
    }
}

/// Zero is the same as absent, and absent is the default.
fn or<T: PartialEq + Default>(value: T, default: T) -> T {
    if value == T::default() { default } else { value }
}

macro_rules! simulation_request {
    ($message:ty, |$request:ident, $params:ident| $result:expr) => {
        impl Request for $message {
            fn id(&self) -> &str {
                &self.request_id
            }

            fn id_mut(&mut self) -> &mut String {
                &mut self.request_id
            }

            fn params(&self) -> Result<Params, Violations> {
                let $request = self;
                let $params = SimulationParams::try_from(SimulationSettings {
                    seed: self.seed.into(),
                    grid_size: or(self.grid_size, 64),
                    steps: or(self.steps, 64),
                    alpha: or(self.alpha, 0.18),
                    spike_probability: self.spike_probability.unwrap_or(0.25),
                    turing_enabled: self.turing_enabled,
                    quantum_jitter: false,
                });
                $result
            }
        }
    };
}

simulation_request!(SimulationRequest, |request, params| {
    Violations::both(request.checked_id(), params).map(|((), params)| Params::RunSimulation(params))
});
simulation_request!(FeatureRequest, |request, params| {
    Violations::both(request.checked_id(), params)
        .map(|((), params)| Params::ExtractFeatures(params))
});
simulation_request!(SimulationStreamRequest, |request, params| {
    let interval = FrameInterval::try_from(or(request.stream_interval, 10));
    Violations::both(Violations::both(request.checked_id(), params), interval)
        .map(|(((), params), interval)| Params::StreamSimulation(params, interval))
});
simulation_request!(FeatureStreamRequest, |request, params| {
    let interval = FrameInterval::try_from(or(request.stream_interval, 10));
    Violations::both(Violations::both(request.checked_id(), params), interval)
        .map(|(((), params), interval)| Params::StreamFeatures(params, interval))
});

impl Request for ValidationRequest {
    fn id(&self) -> &str {
        &self.request_id
    }

    fn id_mut(&mut self) -> &mut String {
        &mut self.request_id
    }

    fn params(&self) -> Result<Params, Violations> {
        let params = ValidationParams::try_from(ValidationSettings {
            seed: self.seed,
            epochs: or(self.epochs, 1),
            batch_size: or(self.batch_size, 4),
            grid_size: or(self.grid_size, 64),
            steps: or(self.steps, 64),
            turing_enabled: self.turing_enabled,
            quantum_jitter: self.quantum_jitter,
        });
        Violations::both(self.checked_id(), params)
            .map(|((), params)| Params::ValidatePattern(params))
    }
}
