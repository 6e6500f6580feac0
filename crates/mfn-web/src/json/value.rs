//! Messages that have a form of their own in JSON, such as times, and those of which only
//! the name of the type is known.

use prost_reflect::{DynamicMessage, MessageDescriptor, SerializeOptions};
use serde::Serialize;

/// What is left out in JSON is what is left out in protobuf.
fn options() -> SerializeOptions {
    SerializeOptions::new()
}

/// Appends the message of this type that `encoded` is to `json`, and returns whether it
/// is one.
pub(crate) fn dynamic(message: &MessageDescriptor, encoded: &[u8], json: &mut Vec<u8>) -> bool {
    let start = json.len();
    let written = DynamicMessage::decode(message.clone(), encoded).is_ok_and(|decoded| {
        let mut writer = serde_json::Serializer::new(&mut *json);
        decoded.serialize_with_options(&mut writer, &options()).is_ok()
    });
    if !written {
        json.truncate(start);
    }
    written
}

/// The same as a value, if it is one.
pub(crate) fn dynamic_value(
    message: &MessageDescriptor,
    encoded: &[u8],
) -> Option<serde_json::Value> {
    let decoded = DynamicMessage::decode(message.clone(), encoded).ok()?;
    decoded.serialize_with_options(serde_json::value::Serializer, &options()).ok()
}

/// Appends what serde writes of it.
pub(super) fn append(value: &(impl Serialize + ?Sized), json: &mut Vec<u8>) {
    // Nothing fails that is written to memory, but for maps whose keys are no text.
    serde_json::to_writer(json, value).ok();
}
