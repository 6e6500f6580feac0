//! Requests by chance, small ones mostly.

use bytes::Bytes;
use conformance_wire::messages;
use fastrand::Rng;
use serde_json::{Value, json};
use soak::message::framed;

const RUN: &str = "mfn.MFNSimulationService/RunSimulation";
const STREAM: &str = "mfn.MFNSimulationService/StreamSimulation";
const FEATURES: &str = "mfn.MFNFeaturesService/ExtractFeatures";
const STREAM_FEATURES: &str = "mfn.MFNFeaturesService/StreamFeatures";
const VALIDATE: &str = "mfn.MFNValidationService/ValidatePattern";
const HEALTH: &str = "grpc.health.v1.Health/Check";
/// So few seeds that requests come again after some minutes, and are answered from what is
/// kept.
const SEEDS: i32 = 200;

/// A request of a method.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `package.Service/Method`.
    pub(crate) method: &'static str,
    pub(crate) json: Value,
}

impl Request {
    /// One of the methods that do not stream.
    pub(crate) fn unary(chance: &mut Rng) -> Self {
        let json = |chance: &mut Rng| json!({"seed": chance.i32(0..SEEDS), "gridSize": size(chance), "steps": steps(chance)});
        match chance.u32(..10) {
            0..5 => Self { method: RUN, json: json(chance) },
            5..9 => Self { method: FEATURES, json: json(chance) },
            _ => Self {
                method: VALIDATE,
                json: json!({
                    "seed": chance.i32(0..SEEDS), "epochs": 1, "batchSize": 1,
                    "gridSize": 16, "steps": 8
                }),
            },
        }
    }

    /// One of those that stream some frames.
    pub(crate) fn stream(chance: &mut Rng) -> Self {
        let method = if chance.bool() { STREAM } else { STREAM_FEATURES };
        let (seed, size, steps) = (chance.i32(0..SEEDS), size(chance), steps(chance));
        Self {
            method,
            json: json!({"seed": seed, "gridSize": size, "steps": steps, "streamInterval": 8}),
        }
    }

    /// A check of health.
    pub(crate) fn health() -> Self {
        Self { method: HEALTH, json: json!({}) }
    }

    /// What takes far longer than anybody waits for it. Its answer has a field of 2 MiB, which the
    /// window of a caller who gives no more room never lets through: however late the caller comes
    /// to leave, the call is not over. No seed comes twice, so that none is answered from what is
    /// kept.
    pub(crate) fn long(chance: &mut Rng) -> Self {
        Self {
            method: RUN,
            json: json!({
                "seed": chance.i32(0..), "gridSize": 512, "steps": 10_000, "turingEnabled": true,
                "includeField": true
            }),
        }
    }

    /// A stream of 500 MiB, of which neither windows nor buffers hold more than a few: it is not
    /// over either when its caller comes to leave it.
    pub(crate) fn long_stream() -> Self {
        Self {
            method: STREAM,
            json: json!({
                "gridSize": 256, "steps": 10_000, "streamInterval": 10, "turingEnabled": true,
                "includeField": true
            }),
        }
    }

    /// A bad value.
    pub(crate) fn invalid() -> Self {
        Self { method: RUN, json: json!({"gridSize": 3, "steps": -1}) }
    }

    /// Eight frames of half a MiB.
    pub(crate) fn large_frames(chance: &mut Rng) -> Self {
        Self {
            method: STREAM,
            json: json!({
                "seed": chance.i32(0..SEEDS), "gridSize": 256, "steps": 8, "streamInterval": 1,
                "includeField": true
            }),
        }
    }

    /// A field of 8 MiB.
    pub(crate) fn large_field(chance: &mut Rng) -> Self {
        Self {
            method: RUN,
            json: json!({
                "seed": chance.i32(0..SEEDS), "gridSize": 1024, "steps": 1, "includeField": true
            }),
        }
    }

    /// The message with gRPC's prefix.
    pub(crate) fn framed(&self) -> Bytes {
        framed(self.method, &self.json)
    }

    /// Where it goes.
    pub(crate) fn path(&self) -> String {
        format!("/{}", self.method)
    }

    /// Whether its answer is a stream.
    pub(crate) fn streams(&self) -> bool {
        messages::method(self.method).is_some_and(|method| method.is_server_streaming())
    }
}

fn size(chance: &mut Rng) -> i32 {
    [8, 16, 24, 32, 48][chance.usize(..5)]
}

fn steps(chance: &mut Rng) -> i32 {
    [1, 8, 16, 32][chance.usize(..4)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_is_one_of_its_method() {
        let mut chance = Rng::with_seed(1);
        for _ in 0..100 {
            assert!(!Request::unary(&mut chance).streams());
            assert!(Request::stream(&mut chance).streams());
            assert!(Request::unary(&mut chance).framed().len() > 5);
            assert!(Request::stream(&mut chance).framed().len() > 5);
        }
        assert_eq!(&*Request::health().framed(), [0; 5]);
        for request in [Request::long(&mut chance), Request::long_stream(), Request::invalid()] {
            assert!(request.framed().len() > 5);
        }
    }

    #[test]
    fn calls_that_are_left_have_answers_that_cannot_be_over_before() {
        /// What a caller takes unasked (RFC 9113, 6.9.2).
        const WINDOW_BYTES: u64 = 65_535;
        /// What may wait between two ends, of whatever layer.
        const BUFFERS_BYTES: u64 = 100 << 20;
        let number = |json: &Value, name: &str| json[name].as_u64().expect("a number");
        let field_bytes = |json: &Value| {
            assert_eq!(json["includeField"], true);
            8 * number(json, "gridSize").pow(2)
        };
        assert!(field_bytes(&Request::long(&mut Rng::with_seed(1)).json) > WINDOW_BYTES);
        let stream = Request::long_stream().json;
        let frames = number(&stream, "steps") / number(&stream, "streamInterval");
        assert!(frames * field_bytes(&stream) > BUFFERS_BYTES);
    }
}
