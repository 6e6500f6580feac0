//! Messages that are sent in JSON.

use prost::Message as _;
use prost_reflect::{DeserializeOptions, DynamicMessage, MessageDescriptor};

use super::condensed::Condensed;
use super::repeated::refuse_repeated;
use crate::fault::Fault;

/// Most characters of what is said of a message that cannot be read. It may repeat what
/// the message has.
const MAX_REASON_CHARS: usize = 256;
/// What comes before the place of an error in the text.
const PLACE: &str = " at line ";

/// The `json` of a message of this type in protobuf.
///
/// # Errors
/// It is no JSON of it. A field that the message does not have is an error, as the
/// specification of JSON for protobuf has it: it may be a slip of the pen.
pub(crate) fn read(message: &MessageDescriptor, json: &Condensed) -> Result<Vec<u8>, Fault> {
    match decode(message, json.text()) {
        Ok(read) => Ok(read.encode_to_vec()),
        Err(error) => {
            let error = error.to_string();
            let place = error.rfind(PLACE).filter(|_| !json.has_its_lines());
            let reason = &error[..place.unwrap_or(error.len())];
            let reason: String = reason.chars().take(MAX_REASON_CHARS).collect();
            let name = message.full_name();
            Err(Fault::Malformed(format!("send {name} as JSON of protobuf has it: {reason}")))
        }
    }
}

fn decode(message: &MessageDescriptor, json: &[u8]) -> Result<DynamicMessage, serde_json::Error> {
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let mut reader = serde_json::Deserializer::from_slice(json);
    let read = DynamicMessage::deserialize_with_options(message.clone(), &mut reader, &options)?;
    reader.end()?;
    refuse_repeated(message, json)?;
    Ok(read)
}
