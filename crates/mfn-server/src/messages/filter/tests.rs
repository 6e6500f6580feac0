//! What a decoder makes of the whole message and of what is kept of it.

use std::fmt::Debug;

use mfn_proto::{
    FeatureRequest, FeatureStreamRequest, SimulationRequest, SimulationStreamRequest,
    ValidationRequest,
};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;
use prost::encoding::{encode_key, encode_varint};
use tonic_health::pb::HealthCheckRequest;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::{ExtensionRequest, ServerReflectionRequest};

use super::super::schema::Methods;
use super::*;

fn schema(method: &str) -> Arc<Schema> {
    let (service, _) = method.split_once('/').expect("a service");
    let descriptors = match service {
        "grpc.health.v1.Health" => tonic_health::pb::FILE_DESCRIPTOR_SET,
        "grpc.reflection.v1.ServerReflection" => tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
        _ => mfn_proto::FILE_DESCRIPTOR_SET,
    };
    let methods = Methods::of(service, descriptors);
    let method = methods.at(&format!("/{method}")).expect("it has this method");
    Arc::clone(&method.request)
}

fn run_simulation() -> Arc<Schema> {
    schema("mfn.MFNSimulationService/RunSimulation")
}

/// What is kept of a message that comes in parts of so many bytes, encoded.
fn kept(schema: &Arc<Schema>, message: &[u8], part: usize) -> Result<Kept, Error> {
    let mut filter = Filter::new(Arc::clone(schema));
    for part in message.chunks(part) {
        filter.take(part)?;
    }
    filter.end()
}

/// Whether a decoder makes the same of `message` and of what is kept of it: by
/// their bytes, since a NaN is not equal to itself.
fn is_the_same<M: Message + Default + Debug>(
    method: &str,
    message: &[u8],
    part: usize,
) -> Result<(), TestCaseError> {
    match (M::decode(message), kept(&schema(method), message, part)) {
        (Ok(whole), Ok(kept)) => {
            let kept: M = kept.decode().expect("it was checked");
            prop_assert_eq!(whole.encode_to_vec(), kept.encode_to_vec());
        }
        (Err(_), Err(error)) => prop_assert_eq!(error, Error::MalformedMessage),
        (whole, kept) => prop_assert!(false, "{:?} of {:?}: {:?}", kept, message, whole),
    }
    Ok(())
}

/// The key of a field that some messages have and others do not.
fn key() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 1_u32..=10, 1 => 1_u32..(1 << 29)]
}

/// A field, mostly a well-formed one: of the kind that the messages have it with,
/// or of another.
fn field() -> impl Strategy<Value = Vec<u8>> {
    let encoded = |number, wire_type, value: &dyn Fn(&mut Vec<u8>)| {
        let mut field = Vec::new();
        encode_key(number, wire_type, &mut field);
        value(&mut field);
        field
    };
    let varint = (key(), prop_oneof![0_u64..300, any::<u64>()]).prop_map(move |(key, number)| {
        encoded(key, WireType::Varint, &|field| encode_varint(number, field))
    });
    let double = (key(), any::<[u8; 8]>()).prop_map(move |(key, bytes)| {
        encoded(key, WireType::SixtyFourBit, &|field| field.extend(bytes))
    });
    let float = (key(), any::<[u8; 4]>()).prop_map(move |(key, bytes)| {
        encoded(key, WireType::ThirtyTwoBit, &|field| field.extend(bytes))
    });
    let text =
        (prop_oneof![3 => Just(1), 1 => key()], "\\PC{0,40}").prop_map(move |(key, text)| {
            encoded(key, WireType::LengthDelimited, &|field| {
                encode_varint(text.len() as u64, field);
                field.extend(text.as_bytes());
            })
        });
    let leaf = prop_oneof![4 => varint, 2 => double, 1 => float, 3 => text];
    leaf.prop_recursive(4, 16, 4, move |inner| {
        (key(), vec(inner, 0..4)).prop_map(move |(key, fields)| {
            encoded(key, WireType::StartGroup, &|group| {
                group.extend(fields.concat());
                encode_key(key, WireType::EndGroup, group);
            })
        })
    })
}

/// A field of the kind that each of the messages has it with.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let whole = vec(field(), 0..12).prop_map(|fields| fields.concat());
    let damaged = (vec(field(), 1..12), any::<prop::sample::Index>(), any::<u8>()).prop_map(
        |(fields, at, byte)| {
            let mut message = fields.concat();
            let at = at.index(message.len());
            message[at] = byte;
            message
        },
    );
    let cut = (vec(field(), 1..12), any::<prop::sample::Index>()).prop_map(|(fields, at)| {
        let mut message = fields.concat();
        message.truncate(at.index(message.len()));
        message
    });
    prop_oneof![3 => whole, 2 => damaged, 1 => cut, 1 => vec(any::<u8>(), 0..40)]
}

proptest! {
    #[test]
    fn what_is_kept_decodes_to_the_same(message in message(), part in 1_usize..30) {
        is_the_same::<SimulationRequest>(
            "mfn.MFNSimulationService/RunSimulation", &message, part)?;
        is_the_same::<SimulationStreamRequest>(
            "mfn.MFNSimulationService/StreamSimulation", &message, part)?;
        is_the_same::<FeatureRequest>("mfn.MFNFeaturesService/ExtractFeatures", &message, part)?;
        is_the_same::<FeatureStreamRequest>(
            "mfn.MFNFeaturesService/StreamFeatures", &message, part)?;
        is_the_same::<ValidationRequest>(
            "mfn.MFNValidationService/ValidatePattern", &message, part)?;
        is_the_same::<HealthCheckRequest>("grpc.health.v1.Health/Check", &message, part)?;
    }

    #[test]
    fn what_a_client_sends_is_kept(
        request_id in "\\PC{0,60}",
        seed in any::<i32>(),
        alpha in any::<f64>(),
        spike_probability in any::<Option<f64>>(),
        turing_enabled in any::<bool>(),
        part in 1_usize..100,
    ) {
        let request = SimulationRequest {
            request_id, seed, alpha, spike_probability, turing_enabled, ..Default::default()
        };
        let message = request.encode_to_vec();
        let kept = kept(&run_simulation(), &message, part).expect("a message");
        let again: SimulationRequest = kept.decode().expect("a message");
        prop_assert_eq!(again.encode_to_vec(), message);
        prop_assert_eq!(kept.request_id_bytes_if_cut(), None);
    }
}

#[test]
fn of_a_long_id_the_length_is_known_and_the_last_id_counts() {
    let long = SimulationRequest { request_id: "x".repeat(1_000_000), ..Default::default() };
    let short = SimulationRequest { request_id: "short".to_owned(), ..Default::default() };
    let (long, short) = (long.encode_to_vec(), short.encode_to_vec());
    let read = |message: &[u8]| kept(&run_simulation(), message, 16_384).expect("a message");

    let last_is_long = read(&[&*short, &*long].concat());
    assert_eq!(last_is_long.request_id_bytes_if_cut(), Some(1_000_000));
    assert!(last_is_long.encoded().len() < 512, "{last_is_long:?}");
    let last_is_short = read(&[&*long, &*short].concat());
    assert_eq!(last_is_short.request_id_bytes_if_cut(), None);
    let last: SimulationRequest = last_is_short.decode().expect("a message");
    assert_eq!(last.request_id, "short");
}

#[test]
fn of_a_oneof_the_field_that_came_last_counts() {
    let schema = schema("grpc.reflection.v1.ServerReflection/ServerReflectionInfo");
    let extension = ExtensionRequest { containing_type: "a.B".to_owned(), extension_number: 7 };
    let questions = [
        MessageRequest::FileContainingSymbol("a.B.C".to_owned()),
        MessageRequest::FileContainingExtension(extension),
        MessageRequest::ListServices(String::new()),
    ]
    .map(|question| ServerReflectionRequest {
        host: "host".to_owned(),
        message_request: Some(question),
    });
    for first in &questions {
        for last in &questions {
            let message = [first.encode_to_vec(), last.encode_to_vec()].concat();
            let whole = ServerReflectionRequest::decode(&*message);
            let kept = kept(&schema, &message, 5).and_then(|kept| kept.decode());
            assert_eq!((whole.as_ref(), kept.as_ref()), (Ok(last), Ok(last)));
        }
    }
}

// shows MFN-TRANS-021
#[test]
fn only_so_many_fields_are_taken() {
    let read = |message: Vec<u8>| kept(&run_simulation(), &message, 1000).map(drop);
    let fields = |count| [0x78, 0x01].repeat(count);
    assert_eq!(read(fields(MAX_FIELDS)), Ok(()));
    let refused = Err(Error::TooManyFields { limit: MAX_FIELDS });
    assert_eq!(read(fields(MAX_FIELDS + 1)), refused);
    assert_eq!(read([0x7b, 0x7c].repeat(MAX_FIELDS)), refused);
}

#[test]
fn groups_are_as_deep_as_a_decoder_takes_them() {
    let nested = |depth| [[0x7b].repeat(depth), [0x7c].repeat(depth)].concat();
    for depth in [1, MAX_GROUPS - 1, MAX_GROUPS, MAX_GROUPS + 1] {
        let message = nested(depth);
        let decodes = SimulationRequest::decode(&*message).is_ok();
        assert_eq!(kept(&run_simulation(), &message, 7).is_ok(), decodes, "{depth}");
    }
    let in_the_deepest = [[0x7b].repeat(MAX_GROUPS), vec![0x08, 1], [0x7c].repeat(MAX_GROUPS)];
    let in_the_deepest = in_the_deepest.concat();
    assert!(SimulationRequest::decode(&*in_the_deepest).is_err());
    assert!(kept(&run_simulation(), &in_the_deepest, 7).is_err());
}
