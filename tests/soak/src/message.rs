//! The message of a call.

use bytes::Bytes;
use conformance_wire::messages;
use serde_json::Value;

/// The request of `method` that `json` says, with gRPC's prefix.
///
/// # Panics
/// There is no such method, or it has no such request.
#[must_use]
pub fn framed(method: &str, json: &Value) -> Bytes {
    let method = messages::method(method).expect("a method of MFN or of health");
    let message = messages::encode_request(&method, json).expect("a request of it");
    messages::framed(&message).into()
}
