//! An error as Connect has it in JSON (connectrpc.com/docs/protocol, "Error End-Of-Stream"
//! and "Unary-Response").

use base64::Engine as _;
use prost_reflect::DescriptorPool;
use prost_types::Any;
use serde::Serialize;
use serde_json::Value;

use crate::json::dynamic_value;
use crate::status::{BASE64, GrpcStatus};

/// See the module.
#[derive(Debug, Serialize)]
pub(super) struct ErrorJson<'a> {
    code: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Detail<'a>>,
}

/// One of the messages that a status has with it.
#[derive(Debug, Serialize)]
struct Detail<'a> {
    r#type: &'a str,
    value: String,
    /// The same for who reads it, if its type is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    debug: Option<Value>,
}

impl<'a> ErrorJson<'a> {
    /// What `status` tells, with the details of which `descriptors` have the types.
    pub(super) fn of(status: &'a GrpcStatus, descriptors: &DescriptorPool) -> Self {
        let details = status.details.iter().map(|detail| Detail::of(detail, descriptors));
        Self { code: status.name(), message: &status.message, details: details.collect() }
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        // Nothing fails that is written to memory.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl<'a> Detail<'a> {
    fn of(any: &'a Any, descriptors: &DescriptorPool) -> Self {
        let name = any.type_url.rsplit_once('/').map_or(&*any.type_url, |(_, name)| name);
        let message = descriptors.get_message_by_name(name);
        Self {
            r#type: name,
            value: BASE64.encode(&any.value),
            debug: message.and_then(|message| dynamic_value(&message, &any.value)),
        }
    }
}
