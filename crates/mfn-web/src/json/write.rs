//! Writes a message as JSON while it comes, without ever having it as a whole: a field of
//! a million doubles takes no more memory than a piece of it.
//!
//! It relies on how messages are encoded: a field that is not repeated comes once, and the
//! values of one that is come one after the other.

use bytes::{Buf as _, BytesMut};
use prost_reflect::{Kind, MessageDescriptor};

use super::element::{Stop, number, text};
use super::map;
use super::open::{MAX_HEAD_BYTES, Open, WholeValue};
use super::value::dynamic;

/// The longest double in JSON, such as `-2.2250738585072014e-308`, and a comma.
const MAX_DOUBLE_CHARS: usize = 25;
/// Messages in messages, as in the libraries of protobuf.
const MAX_DEPTH: usize = 100;

/// What comes is no message of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer cannot be written as JSON")]
pub(crate) struct Malformed;

/// See the module.
#[derive(Debug)]
pub(crate) struct JsonWriter {
    /// What has begun and not ended, innermost last.
    open: Vec<Open>,
    unread: BytesMut,
    has_begun: bool,
}

impl JsonWriter {
    /// For a message of this type with so many `bytes`.
    pub(crate) fn new(message: MessageDescriptor, bytes: usize) -> Self {
        let open = Open::message(message, bytes);
        Self { open: vec![open], unread: BytesMut::new(), has_begun: false }
    }

    /// The whole `message` of this type.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn write_whole(
        message: MessageDescriptor,
        encoded: &[u8],
        json: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        let mut writer = Self::new(message, encoded.len());
        writer.push(encoded);
        writer.write(json, usize::MAX)?;
        if writer.is_complete() { Ok(()) } else { Err(Malformed) }
    }

    /// So much more of the message has come.
    pub(crate) fn push(&mut self, data: &[u8]) {
        self.unread.extend_from_slice(data);
    }

    /// Whether all of it is written.
    pub(crate) fn is_complete(&self) -> bool {
        self.open.is_empty()
    }

    /// Most bytes of JSON that are still to be written, if the rest of the message is one
    /// list of doubles.
    pub(crate) fn most_left(&self) -> Option<usize> {
        let (last, others) = self.open.split_last()?;
        let Open::Packed { kind: Kind::Double, left, .. } = last else { return None };
        let is_last = others.iter().all(|open| matches!(open, Open::Message(it) if it.left == 0));
        // Each message closes itself, and a list in it.
        is_last.then(|| left / size_of::<f64>() * MAX_DOUBLE_CHARS + 2 * self.open.len())
    }

    /// Appends to `json` what can be written of what has come, until that has `enough`
    /// bytes.
    ///
    /// # Errors
    /// It is not what it should be.
    pub(crate) fn write(&mut self, json: &mut Vec<u8>, enough: usize) -> Result<(), Malformed> {
        if !std::mem::replace(&mut self.has_begun, true)
            && matches!(self.open.last(), Some(Open::Message(_)))
        {
            json.push(b'{');
        }
        while json.len() < enough && !self.is_complete() {
            match self.step(json, enough) {
                Ok(()) => {}
                Err(Stop::Incomplete) => return Ok(()),
                Err(Stop::Malformed) => return Err(Malformed),
            }
        }
        Ok(())
    }

    /// Writes the next part.
    fn step(&mut self, json: &mut Vec<u8>, enough: usize) -> Result<(), Stop> {
        let Some(open) = self.open.last_mut() else { return Ok(()) };
        match open {
            Open::Message(message) if message.left == 0 => {
                json.extend(message.list.map(|(_, end)| end));
                json.push(b'}');
                self.open.pop();
            }
            Open::Message(message) => {
                let mut rest = available(&self.unread, message.left, MAX_HEAD_BYTES)?;
                let before = rest.len();
                let inner = message.field(&mut rest, json)?;
                let taken = before - rest.len();
                message.left -= taken;
                if let Some(inner) = inner {
                    let bytes = inner.left();
                    message.left = message.left.checked_sub(bytes).ok_or(Stop::Malformed)?;
                    self.open.push(inner);
                }
                self.unread.advance(taken);
                if self.open.len() > MAX_DEPTH {
                    return Err(Stop::Malformed);
                }
            }
            Open::Packed { left: 0, .. } | Open::Unknown { left: 0 } => {
                self.open.pop();
            }
            Open::Packed { kind, left, is_first } => {
                let mut rest = available(&self.unread, *left, MAX_HEAD_BYTES)?;
                let before = rest.len();
                // All that are there whole, and are not enough.
                while rest.len() >= MAX_HEAD_BYTES.min(*left - (before - rest.len()))
                    && !rest.is_empty()
                    && json.len() < enough
                {
                    if !std::mem::take(is_first) {
                        json.push(b',');
                    }
                    number(kind, &mut rest, json).map_err(|_| Stop::Malformed)?;
                }
                let taken = before - rest.len();
                *left -= taken;
                self.unread.advance(taken);
            }
            Open::Unknown { left } => {
                let taken = self.unread.len().min(*left);
                if taken == 0 {
                    return Err(Stop::Incomplete);
                }
                *left -= taken;
                self.unread.advance(taken);
            }
            Open::Whole { value, bytes } => {
                let bytes = *bytes;
                let whole = self.unread.get(..bytes).ok_or(Stop::Incomplete)?;
                write_whole_value(value, whole, json)?;
                self.unread.advance(bytes);
                self.open.pop();
            }
        }
        Ok(())
    }
}

/// What of `unread` belongs to something that goes on for `left` bytes, if the first
/// `head` bytes are there, or all.
fn available(unread: &[u8], left: usize, head: usize) -> Result<&[u8], Stop> {
    if unread.len() < left.min(head) {
        return Err(Stop::Incomplete);
    }
    Ok(&unread[..left.min(unread.len())])
}

/// Appends the value that `encoded` is, whole.
fn write_whole_value(value: &WholeValue, encoded: &[u8], json: &mut Vec<u8>) -> Result<(), Stop> {
    match value {
        WholeValue::Text(kind) => text(kind, encoded, json),
        WholeValue::MapEntry(entry) => {
            map::entry(entry, encoded, json, |message, encoded, json| {
                let written = JsonWriter::write_whole(message.clone(), encoded, json);
                written.map_err(|_| Stop::Malformed)
            })
        }
        WholeValue::Message(message) => {
            dynamic(message, encoded, json).then_some(()).ok_or(Stop::Malformed)
        }
    }
}

#[cfg(test)]
mod tests;
