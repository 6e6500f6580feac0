//! Messages as JSON: those of MFN, of health and reflection, and the details of
//! errors.

use std::fmt;
use std::sync::LazyLock;

use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor, SerializeOptions,
};
use serde::de::DeserializeSeed as _;
use serde_json::Value;
use thiserror::Error;

/// Descriptors of everything that the suite calls or is answered.
static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    let descriptors = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
    DescriptorPool::decode(descriptors.as_slice()).expect("this crate's build script made them")
});

/// A method that the suite knows, by its full name: `package.Service/Method`.
#[must_use]
pub fn method(name: &str) -> Option<MethodDescriptor> {
    let (service, method) = name.split_once('/')?;
    POOL.get_service_by_name(service)?.methods().find(|known| known.name() == method)
}

/// A message that the suite knows, by its full name: `package.Message`.
#[must_use]
pub fn message(name: &str) -> Option<MessageDescriptor> {
    POOL.get_message_by_name(name)
}

/// The bytes of the request of `method` that `json` says.
///
/// # Errors
/// It is no such request: why.
pub fn encode_request(method: &MethodDescriptor, json: &Value) -> Result<Vec<u8>, String> {
    let message = method.input().deserialize(json).map_err(|error| error.to_string())?;
    Ok(message.encode_to_vec())
}

/// A message with gRPC's prefix: it is not compressed.
#[must_use]
pub fn framed(message: &[u8]) -> Vec<u8> {
    [&prefix(message.len()), message].concat()
}

/// The prefix of a message that is not compressed, and so long.
#[must_use]
pub fn prefix(length: usize) -> [u8; 5] {
    let [a, b, c, d] = (length as u32).to_be_bytes();
    [0, a, b, c, d]
}

/// An answer of `method`, with the field names of the proto; fields at their
/// default included, absent ones left out.
///
/// # Errors
/// The bytes are no such message.
pub fn decode_answer(method: &MethodDescriptor, bytes: &[u8]) -> Result<Value, Undecodable> {
    let message = DynamicMessage::decode(method.output(), bytes).map_err(Undecodable::new)?;
    to_json(&message)
}

/// A `google.rpc.Status`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RpcStatus {
    /// The number of its code.
    pub code: i32,
    /// Its message.
    pub message: String,
    /// Its details, each with its name as `@type`, without `google.rpc`. Those that the
    /// suite does not know have nothing else.
    pub details: Vec<Value>,
}

/// A `google.rpc.Status`, with its details in JSON.
///
/// # Errors
/// The bytes are no such message, or one of the details is not what it says.
pub fn decode_status(bytes: &[u8]) -> Result<RpcStatus, Undecodable> {
    let Status { code, message, details } = Status::decode(bytes).map_err(Undecodable::new)?;
    let details = details.iter().map(decode_detail).collect::<Result<_, _>>()?;
    Ok(RpcStatus { code, message, details })
}

/// A `google.rpc.Status` as it goes over the wire.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Status {
    /// The number of its code.
    #[prost(int32, tag = "1")]
    pub code: i32,
    /// Its message.
    #[prost(string, tag = "2")]
    pub message: String,
    /// Its details.
    #[prost(message, repeated, tag = "3")]
    pub details: Vec<prost_types::Any>,
}

fn decode_detail(detail: &prost_types::Any) -> Result<Value, Undecodable> {
    let name = detail.type_url.rsplit('/').next().unwrap_or_default();
    let mut json = match message(name) {
        Some(known) => to_json(
            &DynamicMessage::decode(known, detail.value.as_slice()).map_err(Undecodable::new)?,
        )?,
        None => Value::Object(serde_json::Map::new()),
    };
    if let Value::Object(fields) = &mut json {
        let name = name.strip_prefix("google.rpc.").unwrap_or(name);
        fields.insert("@type".to_owned(), Value::from(name));
    }
    Ok(json)
}

/// Bytes that are not the message that they should be.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{0}")]
pub struct Undecodable(String);

impl Undecodable {
    fn new(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

fn to_json(message: &DynamicMessage) -> Result<Value, Undecodable> {
    let options = SerializeOptions::new().use_proto_field_name(true).skip_default_fields(false);
    let json = message.serialize_with_options(serde_json::value::Serializer, &options);
    json.map_err(Undecodable::new)
}
