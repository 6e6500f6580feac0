//! Messages that are sent in JSON.

use prost::Message as _;
use prost_reflect::{DeserializeOptions, DynamicMessage, MessageDescriptor};

use crate::fault::Fault;

/// Most characters of what is said of a message that cannot be read. It may repeat what
/// the message has.
const MAX_REASON_CHARS: usize = 256;

/// The `json` of a message of this type in protobuf.
///
/// # Errors
/// It is no JSON of it. A field that the message does not have is an error, as the
/// specification of JSON for protobuf has it: it may be a slip of the pen.
pub(crate) fn read(message: &MessageDescriptor, json: &[u8]) -> Result<Vec<u8>, Fault> {
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let mut reader = serde_json::Deserializer::from_slice(json);
    let read = DynamicMessage::deserialize_with_options(message.clone(), &mut reader, &options)
        .and_then(|read| reader.end().map(|()| read));
    match read {
        Ok(read) => Ok(read.encode_to_vec()),
        Err(error) => {
            let reason: String = error.to_string().chars().take(MAX_REASON_CHARS).collect();
            let name = message.full_name();
            Err(Fault::Malformed(format!("send {name} as JSON of protobuf has it: {reason}")))
        }
    }
}
