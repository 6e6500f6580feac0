//! An entry of a map.

use prost_reflect::{Kind, MessageDescriptor};

use super::element::{LENGTH_DELIMITED, Stop, number, skip, text, varint, wire_type};

/// Appends a whole message of a type.
type WriteMessage = fn(&MessageDescriptor, &[u8], &mut Vec<u8>) -> Result<(), Stop>;

/// Appends the entry of this type that `encoded` is, whose value may be a message that
/// `write_message` appends.
pub(super) fn entry(
    of: &MessageDescriptor,
    encoded: &[u8],
    json: &mut Vec<u8>,
    write_message: WriteMessage,
) -> Result<(), Stop> {
    let [key_field, value_field] = [of.map_entry_key_field(), of.map_entry_value_field()];
    let (mut key, mut value) = (None, None);
    let mut rest = encoded;
    let malformed = |_| Stop::Malformed;
    while !rest.is_empty() {
        let tag = varint(&mut rest).map_err(malformed)?;
        let before = rest;
        if tag & 7 == LENGTH_DELIMITED {
            let bytes = varint(&mut rest).map_err(malformed)? as usize;
            let (whole, later) = rest.split_at_checked(bytes).ok_or(Stop::Malformed)?;
            rest = later;
            match tag >> 3 {
                1 => key = Some(whole),
                2 => value = Some(whole),
                _ => {}
            }
        } else {
            skip(tag & 7, &mut rest).map_err(malformed)?;
            let whole = &before[..before.len() - rest.len()];
            match tag >> 3 {
                1 => key = Some(whole),
                2 => value = Some(whole),
                _ => {}
            }
        }
    }
    let start = json.len();
    single(&key_field.kind(), key, json, write_message)?;
    if json[start] != b'"' {
        json.insert(start, b'"');
        json.push(b'"');
    }
    json.push(b':');
    single(&value_field.kind(), value, json, write_message)
}

/// Appends a value of this kind, or that of a field that was left out.
fn single(
    kind: &Kind,
    encoded: Option<&[u8]>,
    json: &mut Vec<u8>,
    write_message: WriteMessage,
) -> Result<(), Stop> {
    match kind {
        Kind::Message(message) => write_message(message, encoded.unwrap_or(&[]), json),
        _ if wire_type(kind) == LENGTH_DELIMITED => text(kind, encoded.unwrap_or(&[]), json),
        _ => number(kind, &mut encoded.unwrap_or(&[0; 8]), json).map_err(|_| Stop::Malformed),
    }
}
