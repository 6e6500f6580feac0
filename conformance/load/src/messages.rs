//! The messages that are sent: encoded once, or once and then given a new seed
//! for each call.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use bytes::Bytes;
use conformance_wire::messages;
use prost::Message as _;
use prost_reflect::{DynamicMessage, Value};

use super::method::Method;

/// Longest request in JSON, in bytes.
pub(super) const MAX_JSON_BYTES: usize = 64 * 1024;
/// The flag and the length before a gRPC message, in bytes.
const PREFIX_BYTES: usize = 5;
/// Field of the seed, of the same number in every request.
const SEED: &str = "seed";
/// That field's tag on the wire: number 2, a varint.
const SEED_TAG: u8 = 2 << 3;
/// Seeds that are counted up are not negative, since those take ten bytes.
const SEED_MASK: u32 = i32::MAX as u32;

/// Which seeds the calls have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Seed {
    /// The request's own, in every call.
    OfRequest,
    /// This one, in every call.
    Fixed(i32),
    /// One that no other call of this run has, up to 2^31 calls.
    New,
}

impl FromStr for Seed {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const ALLOWED: &str =
            "'new' or 'fixed:N' is expected, N being an integer of at most 32 bits";
        match text.split_once(':') {
            None if text == "new" => Ok(Self::New),
            Some(("fixed", seed)) => seed.parse().map(Self::Fixed).map_err(|_| ALLOWED),
            _ => Err(ALLOWED),
        }
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OfRequest => f.write_str("of the request"),
            Self::Fixed(seed) => write!(f, "fixed:{seed}"),
            Self::New => f.write_str("new"),
        }
    }
}

/// Where each call takes its message from, with its prefix.
#[derive(Debug)]
pub(super) enum Messages {
    /// The same for all.
    Same(Bytes),
    /// All but the seed, which is appended: of a field that occurs twice, the
    /// last value counts.
    Seeded {
        /// The message without its prefix.
        base: Box<[u8]>,
        /// The next seed.
        next: AtomicU32,
    },
}

impl Messages {
    /// Messages for `method` from `json`, in proto3 JSON.
    ///
    /// # Errors
    /// It is too long, no JSON, or no message of that method.
    pub(super) fn new(method: Method, json: &str, seed: Seed) -> Result<Self, String> {
        if json.len() > MAX_JSON_BYTES {
            return Err(format!("it has {} bytes, allowed is {MAX_JSON_BYTES}", json.len()));
        }
        let mut message = parse(method, json)?;
        match seed {
            Seed::OfRequest => {}
            Seed::Fixed(seed) => message.set_field_by_name(SEED, Value::I32(seed)),
            Seed::New => {
                message.clear_field_by_name(SEED);
                let base = message.encode_to_vec().into();
                return Ok(Self::Seeded { base, next: AtomicU32::new(first_seed()) });
            }
        }
        Ok(Self::Same(prefixed(&message.encode_to_vec(), &[])))
    }

    /// The message of the next call.
    pub(super) fn next(&self) -> Bytes {
        match self {
            Self::Same(message) => message.clone(),
            Self::Seeded { base, next } => {
                let seed = next.fetch_add(1, Ordering::Relaxed) & SEED_MASK;
                let (field, length) = seed_field(seed);
                prefixed(base, &field[..length])
            }
        }
    }
}

fn parse(method: Method, json: &str) -> Result<DynamicMessage, String> {
    let descriptor = messages::message(method.request_type())
        .ok_or_else(|| format!("the proto has no {}", method.request_type()))?;
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let message = DynamicMessage::deserialize(descriptor, &mut deserializer)
        .and_then(|message| deserializer.end().map(|()| message));
    message.map_err(|error| format!("it is no {} in proto3 JSON: {error}", method.request_type()))
}

/// A seed that an earlier run is unlikely to have had: a server may remember its
/// answers.
fn first_seed() -> u32 {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    since_epoch.as_micros() as u32
}

fn prefixed(base: &[u8], field: &[u8]) -> Bytes {
    let length = base.len() + field.len();
    let mut message = Vec::with_capacity(PREFIX_BYTES + length);
    message.push(0);
    message.extend_from_slice(&(length as u32).to_be_bytes());
    message.extend_from_slice(base);
    message.extend_from_slice(field);
    message.into()
}

/// The field on the wire, and its length.
fn seed_field(mut seed: u32) -> ([u8; 6], usize) {
    let mut field = [SEED_TAG; 6];
    let mut length = 1;
    while seed >= 0x80 {
        field[length] = seed as u8 | 0x80;
        seed >>= 7;
        length += 1;
    }
    field[length] = seed as u8;
    (field, length + 1)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;
    use mfn_proto::SimulationRequest;

    use super::*;

    fn decoded(message: &[u8]) -> SimulationRequest {
        assert_eq!(message[0], 0, "it is not compressed");
        let length = u32::from_be_bytes(message[1..PREFIX_BYTES].try_into().expect("four bytes"));
        assert_eq!(length as usize, message.len() - PREFIX_BYTES);
        SimulationRequest::decode(&message[PREFIX_BYTES..]).expect("a request")
    }

    #[test]
    fn the_seed_is_the_requests_or_another_for_all() {
        let json = r#"{"grid_size": 16, "seed": 5}"#;
        for (seed, expected) in [(Seed::OfRequest, 5), (Seed::Fixed(-7), -7)] {
            let messages = Messages::new(Method::RunSimulation, json, seed).expect("good");
            for _ in 0..2 {
                let request = decoded(&messages.next());
                assert_eq!((request.grid_size, request.seed), (16, expected));
            }
        }
    }

    #[test]
    fn new_seeds_are_counted_up_and_never_negative() {
        let base = SimulationRequest { grid_size: 16, ..Default::default() }.encode_to_vec();
        for start in [0, 127, 128, 16_383, SEED_MASK - 1, SEED_MASK, u32::MAX] {
            let messages =
                Messages::Seeded { base: base.clone().into(), next: AtomicU32::new(start) };
            for seed in [start, start.wrapping_add(1)] {
                let request = decoded(&messages.next());
                assert_eq!(request.grid_size, 16);
                assert_eq!(request.seed, (seed & SEED_MASK) as i32);
            }
        }
    }

    #[test]
    fn every_method_has_a_seed_at_that_place() {
        for &method in Method::value_variants() {
            let message = parse(method, r#"{"seed": 300}"#).expect("it has a seed");
            let (field, length) = seed_field(300);
            assert_eq!(message.encode_to_vec(), field[..length], "{method:?}");
        }
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let long = format!(r#"{{"request_id": "{}"}}"#, "a".repeat(MAX_JSON_BYTES));
        for bad in ["", "[]", "{", "{} {}", r#"{"grid": 16}"#, r#"{"seed": 2147483648}"#, &long] {
            let refused = Messages::new(Method::RunSimulation, bad, Seed::OfRequest);
            assert!(refused.is_err(), "{bad}");
        }
    }

    #[test]
    fn seeds_are_new_or_fixed() {
        assert_eq!("new".parse(), Ok(Seed::New));
        assert_eq!("fixed:-3".parse(), Ok(Seed::Fixed(-3)));
        for bad in ["", "new:1", "fixed", "fixed:", "fixed:2147483648", "random"] {
            assert!(bad.parse::<Seed>().is_err(), "{bad}");
        }
    }
}
