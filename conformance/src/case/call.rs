//! What a case calls, and how it signs.

use std::collections::BTreeMap;

use conformance_web::{Http, Protocol};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One call.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Call {
    /// Full name without the first slash: `mfn.MFNSimulationService/RunSimulation`.
    pub method: String,
    /// How it is called.
    #[serde(skip_serializing_if = "is_grpc")]
    pub protocol: Protocol,
    /// By which version of HTTP, if that is not gRPC's own.
    #[serde(skip_serializing_if = "is_first")]
    pub http: Http,
    /// The message in proto3 JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Map<String, Value>>,
    /// What is sent in place of that message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// Further metadata. A name in here replaces what the suite would send; with
    /// several values it is sent several times, and with none not at all.
    pub metadata: BTreeMap<String, Vec<String>>,
    /// Sent after the message.
    pub trailers: BTreeMap<String, Vec<String>>,
    /// The HTTP method, if it is not POST.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verb: Option<String>,
    /// How it is signed, if the server has keys. By default well.
    pub sign: Sign,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_grpc(protocol: &Protocol) -> bool {
    !protocol.is_web()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_first(http: &Http) -> bool {
    *http == Http::One
}

/// The bytes of a request.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Body {
    /// DATA frames in hexadecimal digits, spaces left out; gRPC's prefix of a flag
    /// and a length is part of them.
    Frames(Vec<String>),
    /// This text as it is; of a GET, as the query.
    Text(String),
    /// A message of just so many bytes more than the server's limit, filled with
    /// a field that nobody knows, or in JSON with white space.
    BytesOverLimit(i64),
    /// A message with so many fields that nobody knows.
    UnknownFields(u32),
    /// The message of `request`, sent so many times.
    Times(u32),
    /// The prefix of a message of so many bytes more than the limit, and nothing
    /// after it: the request is left open.
    PrefixOverLimit(u32),
}

/// How a call is signed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sign {
    /// Which key of the set-up signs, by its place from 0.
    pub key: usize,
    /// Sent in place of that key, which still signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_key: Option<String>,
    /// A key that the server does not know, which is sent and signs in the place of one
    /// that it knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_key: Option<String>,
    /// Seconds that the timestamp is ahead of the server's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skew_seconds: Option<f64>,
    /// Decimals of the timestamp, 0 to 9. By default 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u8>,
    /// The timestamp, word for word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// The method that is signed, if it is not the one that is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// What is done to the signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alter: Option<Alter>,
    /// Not signed at all.
    pub none: bool,
}

/// What is done to a signature before it is sent.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Alter {
    /// One bit of the 256 is the other way round.
    FlipBit(u16),
    /// Only so many hexadecimal digits are sent.
    Truncate(u16),
    /// So many hexadecimal digits 0 follow.
    Extend(u16),
    /// Letters are capital.
    Uppercase,
    /// The last digit is replaced by a letter that is none.
    NotHex,
    /// All digits are 0.
    Zero,
}
