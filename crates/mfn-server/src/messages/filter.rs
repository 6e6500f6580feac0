//! Reads a message of protobuf as it comes, and keeps of it only the last value
//! of each field that the message has. What it keeps is bounded, however long
//! the message is, and decodes to the same as the whole message.

use std::mem;
use std::sync::Arc;

use prost::encoding::WireType;

use super::kept::{Kept, Value};
use super::schema::{Kind, Schema};
use super::text::Text;
use super::varint::Varint;
use crate::error::Error;

/// Most fields of a message: each takes time, and a message of allowed length
/// can have some fifty million. Those of MFN have eleven at most; the rest is for
/// clients of later versions.
const MAX_FIELDS: usize = 4096;
/// Most groups that are open at once, as protobuf's decoders have it.
const MAX_GROUPS: usize = 100;

/// A message that is being read.
#[derive(Debug)]
pub(super) struct Filter {
    schema: Arc<Schema>,
    kept: Kept,
    fields_begun: usize,
    /// The numbers of the groups that are open, the outermost first.
    groups: Vec<u32>,
    state: State,
}

/// What comes next. A field that is not kept has no place.
#[derive(Debug)]
enum State {
    Key(Varint),
    Varint { place: Option<usize>, varint: Varint },
    Length { place: Option<usize>, length: Varint },
    Text { place: usize, text: Text, missing: u64 },
    EightBytes { place: usize, bytes: [u8; 8], begun: usize },
    PassedOver { missing: u64 },
}

impl Filter {
    /// Before the message of `schema`.
    pub(super) fn new(schema: Arc<Schema>) -> Self {
        Self {
            kept: Kept::of(Arc::clone(&schema)),
            schema,
            fields_begun: 0,
            groups: Vec::new(),
            state: State::Key(Varint::default()),
        }
    }

    /// Takes a further part of the message.
    ///
    /// # Errors
    /// It is no message of this kind, or has too many fields.
    pub(super) fn take(&mut self, mut part: &[u8]) -> Result<(), Error> {
        while !part.is_empty() {
            if let Some(next) = self.advance(&mut part)? {
                self.state = next;
            }
        }
        Ok(())
    }

    /// The message has come to its end: what is kept of it.
    ///
    /// # Errors
    /// It ends within a field or a group.
    pub(super) fn end(self) -> Result<Kept, Error> {
        match self.state {
            State::Key(key) if key.is_to_come() && self.groups.is_empty() => Ok(self.kept),
            _ => Err(Error::MalformedMessage),
        }
    }

    /// Reads on to the end of `part` or of the present state, and returns the
    /// next one then.
    fn advance(&mut self, part: &mut &[u8]) -> Result<Option<State>, Error> {
        let kept = &mut self.kept;
        match &mut self.state {
            State::Key(key) => {
                if key.is_to_come() {
                    self.fields_begun += 1;
                    if self.fields_begun > MAX_FIELDS {
                        return Err(Error::TooManyFields { limit: MAX_FIELDS });
                    }
                }
                let Some(key) = key.take(part)? else { return Ok(None) };
                return self.after_key(key).map(Some);
            }
            State::Varint { place, varint } => {
                let Some(number) = varint.take(part)? else { return Ok(None) };
                if let Some(place) = *place {
                    kept.keep(place, Value::Varint(number));
                }
            }
            State::Length { place, length } => {
                let Some(missing) = length.take(part)? else { return Ok(None) };
                if let Some(place) = *place {
                    let text = Text::new(self.schema.fields()[place].kind == Kind::Text);
                    if missing > 0 {
                        return Ok(Some(State::Text { place, text, missing }));
                    }
                    kept.keep(place, Value::Text(text));
                } else if missing > 0 {
                    return Ok(Some(State::PassedOver { missing }));
                }
            }
            State::Text { place, text, missing } => {
                text.take(beginning(part, missing))?;
                if *missing > 0 {
                    return Ok(None);
                }
                let text = mem::replace(text, Text::new(true)).end()?;
                kept.keep(*place, Value::Text(text));
            }
            State::EightBytes { place, bytes, begun } => {
                if !fill(bytes, begun, part) {
                    return Ok(None);
                }
                kept.keep(*place, Value::EightBytes(*bytes));
            }
            State::PassedOver { missing } => {
                beginning(part, missing);
                if *missing > 0 {
                    return Ok(None);
                }
            }
        }
        Ok(Some(State::Key(Varint::default())))
    }

    /// What comes after the key of a field: its number, and how its value is
    /// written.
    fn after_key(&mut self, key: u64) -> Result<State, Error> {
        let key = u32::try_from(key).map_err(|_| Error::MalformedMessage)?;
        let number = key >> 3;
        let wire_type = WireType::try_from(u64::from(key & 7));
        let wire_type = wire_type.map_err(|_| Error::MalformedMessage)?;
        if number == 0 {
            return Err(Error::MalformedMessage);
        }
        let place = self.place(number, wire_type)?;
        Ok(match (wire_type, place) {
            (WireType::Varint, place) => State::Varint { place, varint: Varint::default() },
            (WireType::LengthDelimited, place) => {
                State::Length { place, length: Varint::default() }
            }
            (WireType::SixtyFourBit, None) => State::PassedOver { missing: 8 },
            (WireType::SixtyFourBit, Some(place)) => {
                State::EightBytes { place, bytes: [0; 8], begun: 0 }
            }
            // No field of a request has four bytes.
            (WireType::ThirtyTwoBit, _) => State::PassedOver { missing: 4 },
            (WireType::StartGroup, _) => {
                self.groups.push(number);
                State::Key(Varint::default())
            }
            (WireType::EndGroup, _) => {
                if self.groups.pop() != Some(number) {
                    return Err(Error::MalformedMessage);
                }
                State::Key(Varint::default())
            }
        })
    }

    /// Where the value of this field is kept, if the message has the field.
    fn place(&self, number: u32, wire_type: WireType) -> Result<Option<usize>, Error> {
        if self.groups.len() == MAX_GROUPS && wire_type != WireType::EndGroup {
            return Err(Error::MalformedMessage);
        }
        // What is within a group is no field of the message.
        if !self.groups.is_empty() {
            return Ok(None);
        }
        let Some(place) = self.schema.position(number) else { return Ok(None) };
        if self.schema.fields()[place].kind.wire_type() == wire_type {
            Ok(Some(place))
        } else {
            Err(Error::MalformedMessage)
        }
    }
}

/// What `part` begins with of the `missing` bytes, which are then no longer
/// missing.
fn beginning<'a>(part: &mut &'a [u8], missing: &mut u64) -> &'a [u8] {
    let bytes = usize::try_from(*missing).unwrap_or(usize::MAX).min(part.len());
    let (beginning, rest) = part.split_at(bytes);
    *part = rest;
    *missing -= bytes as u64;
    beginning
}

/// Moves bytes from `part` into `bytes`, of which so many have `begun` to be
/// there. Whether that is all of them.
fn fill(bytes: &mut [u8], begun: &mut usize, part: &mut &[u8]) -> bool {
    let to_come = &mut bytes[*begun..];
    let (taken, rest) = part.split_at(to_come.len().min(part.len()));
    to_come[..taken.len()].copy_from_slice(taken);
    *begun += taken.len();
    *part = rest;
    *begun == bytes.len()
}

#[cfg(test)]
mod tests;
