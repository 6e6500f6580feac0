//! The parts of an encoded message (protobuf.dev/programming-guides/encoding), and what
//! JSON makes of single values.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost_reflect::{EnumDescriptor, Kind};

use super::value::append;

pub(super) const VARINT: u64 = 0;
pub(super) const FIXED64: u64 = 1;
pub(super) const LENGTH_DELIMITED: u64 = 2;
pub(super) const FIXED32: u64 = 5;

/// Most bytes of a varint.
const MAX_VARINT_BYTES: usize = 10;
/// What JSON has for an enum of this type, whatever its value.
const NULL_VALUE: &str = "google.protobuf.NullValue";

/// What cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It goes on beyond what has come.
    Incomplete,
    /// It is no message.
    Malformed,
}

/// Takes a varint from `bytes`.
pub(super) fn varint(bytes: &mut &[u8]) -> Result<u64, Stop> {
    let mut value = 0;
    for (place, byte) in bytes.iter().take(MAX_VARINT_BYTES).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            *bytes = &bytes[place + 1..];
            return Ok(value);
        }
    }
    Err(if bytes.len() < MAX_VARINT_BYTES { Stop::Incomplete } else { Stop::Malformed })
}

/// Takes `N` bytes.
fn array<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], Stop> {
    let (array, rest) = bytes.split_first_chunk::<N>().ok_or(Stop::Incomplete)?;
    *bytes = rest;
    Ok(*array)
}

/// Takes the value of a field that nobody knows.
pub(super) fn skip(wire_type: u64, bytes: &mut &[u8]) -> Result<(), Stop> {
    match wire_type {
        VARINT => varint(bytes).map(drop),
        FIXED64 => array::<8>(bytes).map(drop),
        FIXED32 => array::<4>(bytes).map(drop),
        _ => Err(Stop::Malformed),
    }
}

/// The wire type of a number of this kind. Others have a length.
pub(super) fn wire_type(kind: &Kind) -> u64 {
    match kind {
        Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => FIXED64,
        Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => FIXED32,
        Kind::String | Kind::Bytes | Kind::Message(_) => LENGTH_DELIMITED,
        _ => VARINT,
    }
}

/// Takes a number of this kind from `bytes`, and appends it to `json`.
pub(super) fn number(kind: &Kind, bytes: &mut &[u8], json: &mut Vec<u8>) -> Result<(), Stop> {
    match kind {
        Kind::Double => float(f64::from_le_bytes(array(bytes)?), json),
        Kind::Float => {
            let value = f32::from_le_bytes(array(bytes)?);
            if value.is_finite() { append(&value, json) } else { float(value.into(), json) }
        }
        Kind::Int32 => append(&(varint(bytes)? as i32), json),
        Kind::Sint32 => append(&(zigzag(varint(bytes)?) as i32), json),
        Kind::Uint32 => append(&(varint(bytes)? as u32), json),
        Kind::Fixed32 => append(&u32::from_le_bytes(array(bytes)?), json),
        Kind::Sfixed32 => append(&i32::from_le_bytes(array(bytes)?), json),
        // Readers of JSON may take numbers for doubles, which have not all of these.
        Kind::Int64 => append(&(varint(bytes)? as i64).to_string(), json),
        Kind::Sint64 => append(&zigzag(varint(bytes)?).to_string(), json),
        Kind::Uint64 => append(&varint(bytes)?.to_string(), json),
        Kind::Fixed64 => append(&u64::from_le_bytes(array(bytes)?).to_string(), json),
        Kind::Sfixed64 => append(&i64::from_le_bytes(array(bytes)?).to_string(), json),
        Kind::Bool => append(&(varint(bytes)? != 0), json),
        Kind::Enum(of) => enumerated(of, varint(bytes)? as i32, json),
        Kind::String | Kind::Bytes | Kind::Message(_) => return Err(Stop::Malformed),
    }
    Ok(())
}

/// Appends text or bytes.
pub(super) fn text(kind: &Kind, bytes: &[u8], json: &mut Vec<u8>) -> Result<(), Stop> {
    if *kind == Kind::String {
        append(std::str::from_utf8(bytes).map_err(|_| Stop::Malformed)?, json);
    } else {
        append(&STANDARD.encode(bytes), json);
    }
    Ok(())
}

/// The shortest decimal that reads back to the same double.
fn float(value: f64, json: &mut Vec<u8>) {
    if value.is_finite() {
        append(&value, json);
    } else if value.is_nan() {
        append("NaN", json);
    } else {
        append(if value > 0.0 { "Infinity" } else { "-Infinity" }, json);
    }
}

fn enumerated(of: &EnumDescriptor, number: i32, json: &mut Vec<u8>) {
    match of.get_value(number) {
        Some(_) if of.full_name() == NULL_VALUE => json.extend_from_slice(b"null"),
        Some(value) => append(value.name(), json),
        None => append(&number, json),
    }
}

fn zigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}
