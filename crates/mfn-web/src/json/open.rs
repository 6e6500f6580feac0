//! The parts of a message that are being written as JSON, from a field's tag to its end.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::WELL_KNOWN;
use super::element::{LENGTH_DELIMITED, Stop, number, skip, varint, wire_type};
use super::value::append;

/// Most bytes of a tag, and of a length or a number after it.
pub(super) const MAX_HEAD_BYTES: usize = 20;

/// What has begun and not ended.
#[derive(Debug)]
pub(super) enum Open {
    Message(OpenMessage),
    /// Numbers without tags.
    Packed {
        kind: Kind,
        left: usize,
        is_first: bool,
    },
    /// Something that is passed over.
    Unknown {
        left: usize,
    },
    /// Something that has to be there as a whole.
    Whole {
        value: WholeValue,
        bytes: usize,
    },
}

/// A message of which fields are still to come.
#[derive(Debug)]
pub(super) struct OpenMessage {
    of: MessageDescriptor,
    /// Bytes that are to come, without those of what is open in it.
    pub(super) left: usize,
    /// Numbers of the fields that have come.
    seen: Vec<u32>,
    /// The field that is repeated at present, and what closes it.
    pub(super) list: Option<(u32, u8)>,
}

/// A value that is written when all of it is there.
#[derive(Debug)]
pub(super) enum WholeValue {
    Message(MessageDescriptor),
    Text(Kind),
    MapEntry(MessageDescriptor),
}

impl Open {
    /// A message of this type with so many bytes.
    pub(super) fn message(of: MessageDescriptor, bytes: usize) -> Self {
        if of.full_name().starts_with(WELL_KNOWN) {
            return Self::Whole { value: WholeValue::Message(of), bytes };
        }
        let (seen, list) = Default::default();
        Self::Message(OpenMessage { of, left: bytes, seen, list })
    }

    /// Bytes that it begins with.
    pub(super) fn left(&self) -> usize {
        match self {
            Self::Message(message) => message.left,
            Self::Packed { left, .. } | Self::Unknown { left } => *left,
            Self::Whole { bytes, .. } => *bytes,
        }
    }
}

impl OpenMessage {
    /// Takes the next field from `rest`, and writes it, or returns what has begun with it.
    pub(super) fn field(
        &mut self,
        rest: &mut &[u8],
        json: &mut Vec<u8>,
    ) -> Result<Option<Open>, Stop> {
        // As much as these need is there.
        let malformed = |_| Stop::Malformed;
        let tag = varint(rest).map_err(malformed)?;
        let wire = tag & 7;
        let length = if wire == LENGTH_DELIMITED {
            Some(varint(rest).map_err(malformed)? as usize)
        } else {
            None
        };
        let known = u32::try_from(tag >> 3).ok().and_then(|number| self.of.get_field(number));
        let Some(field) = known else {
            return match length {
                Some(left) => Ok(Some(Open::Unknown { left })),
                None => skip(wire, rest).map(|()| None).map_err(malformed),
            };
        };
        let is_first = self.begin(&field, json)?;
        let kind = field.kind();
        let own = wire_type(&kind);
        match length {
            Some(bytes) if own != LENGTH_DELIMITED && field.is_list() => {
                return Ok(Some(Open::Packed { kind, left: bytes, is_first }));
            }
            _ if wire != own => return Err(Stop::Malformed),
            _ => {}
        }
        if !is_first {
            json.push(b',');
        }
        let Some(bytes) = length else {
            return number(&kind, rest, json).map(|()| None).map_err(malformed);
        };
        Ok(Some(match kind {
            Kind::Message(entry) if field.is_map() => {
                Open::Whole { value: WholeValue::MapEntry(entry), bytes }
            }
            Kind::Message(message) => {
                let open = Open::message(message, bytes);
                if matches!(open, Open::Message(_)) {
                    json.push(b'{');
                }
                open
            }
            text => Open::Whole { value: WholeValue::Text(text), bytes },
        }))
    }

    /// Writes the name of `field`, unless it is repeated and goes on. Returns whether it
    /// is not.
    fn begin(&mut self, field: &FieldDescriptor, json: &mut Vec<u8>) -> Result<bool, Stop> {
        if let Some((repeated, end)) = self.list {
            if repeated == field.number() {
                return Ok(false);
            }
            json.push(end);
            self.list = None;
        }
        if self.seen.contains(&field.number()) {
            return Err(Stop::Malformed);
        }
        if !self.seen.is_empty() {
            json.push(b',');
        }
        self.seen.push(field.number());
        append(field.json_name(), json);
        json.push(b':');
        if field.is_map() {
            json.push(b'{');
            self.list = Some((field.number(), b'}'));
        } else if field.is_list() {
            json.push(b'[');
            self.list = Some((field.number(), b']'));
        }
        Ok(true)
    }
}
