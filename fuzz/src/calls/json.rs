//! Messages in JSON, as the library of protobuf has them.

use std::collections::HashSet;

use prost::Message as _;
use prost_reflect::{DeserializeOptions, DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_json::Value;

/// What the message `encoded` of this type is in JSON.
pub(super) fn json_of(kind: &MessageDescriptor, encoded: &[u8]) -> Option<Value> {
    let message = DynamicMessage::decode(kind.clone(), encoded).ok()?;
    let json =
        message.serialize_with_options(serde_json::value::Serializer, &SerializeOptions::new());
    Some(json.expect("a message of MFN has no maps but those of texts"))
}

/// What `json` is in protobuf, if it is a message of this type.
pub(super) fn message_of(kind: &MessageDescriptor, json: &[u8]) -> Option<Vec<u8>> {
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let mut reader = serde_json::Deserializer::from_slice(json);
    let read = DynamicMessage::deserialize_with_options(kind.clone(), &mut reader, &options);
    let read = read.ok().filter(|_| reader.end().is_ok())?;
    Some(read.encode_to_vec())
}

/// Whether `json`, in which no object is in another, has a field twice, by either of its
/// names.
pub(super) fn has_name_twice(json: &[u8]) -> bool {
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(json) else { return false };
    let names = fields.keys().map(|name| name.replace('_', "").to_ascii_lowercase());
    names.collect::<HashSet<_>>().len() < colons(json)
}

/// How many names are followed by a value: colons that are in no text.
fn colons(json: &[u8]) -> usize {
    let (mut count, mut is_text, mut is_escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_text = !is_text,
            b':' if !is_text => count += 1,
            _ => {}
        }
    }
    count
}
