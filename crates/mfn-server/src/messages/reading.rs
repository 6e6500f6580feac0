//! One message with its prefix, as its data come.

use std::sync::Arc;

use super::filter::Filter;
use super::kept::Kept;
use super::schema::Schema;
use crate::error::Error;
use crate::prefix::{PREFIX_BYTES, message_bytes};

/// A message that is being read.
#[derive(Debug)]
pub(super) struct Reading {
    max_bytes: usize,
    prefix: [u8; PREFIX_BYTES],
    prefix_len: usize,
    /// Bytes of the message that are still to come, once the prefix has told.
    missing: Option<usize>,
    /// What is wrong with the message does not keep it from being read to its end.
    message: Result<Filter, Error>,
}

impl Reading {
    /// Before a message of `schema` that has at most `max_bytes`.
    pub(super) fn new(schema: Arc<Schema>, max_bytes: usize) -> Self {
        Self {
            max_bytes,
            prefix: [0; PREFIX_BYTES],
            prefix_len: 0,
            missing: None,
            message: Ok(Filter::new(schema)),
        }
    }

    /// Takes what `data` begins with of the message, and returns the rest.
    ///
    /// # Errors
    /// The prefix is refused.
    pub(super) fn take<'a>(&mut self, mut data: &'a [u8]) -> Result<&'a [u8], Error> {
        if self.missing.is_none() {
            data = self.take_prefix(data)?;
        }
        let Some(missing) = &mut self.missing else { return Ok(data) };
        let (part, rest) = data.split_at(data.len().min(*missing));
        *missing -= part.len();
        if let Ok(filter) = &mut self.message
            && let Err(error) = filter.take(part)
        {
            self.message = Err(error);
        }
        Ok(rest)
    }

    /// Whether anything of it has come.
    pub(super) fn is_begun(&self) -> bool {
        self.prefix_len > 0
    }

    /// Whether all of it has come.
    pub(super) fn is_complete(&self) -> bool {
        self.missing == Some(0)
    }

    /// What is kept of the message, once it is complete.
    ///
    /// # Errors
    /// It is no message of this kind, or has too many fields.
    pub(super) fn end(self) -> Result<Kept, Error> {
        self.message?.end()
    }

    /// Takes what `data` begins with of the prefix, and returns the rest.
    fn take_prefix<'a>(&mut self, data: &'a [u8]) -> Result<&'a [u8], Error> {
        let to_come = &mut self.prefix[self.prefix_len..];
        let (taken, rest) = data.split_at(data.len().min(to_come.len()));
        to_come[..taken.len()].copy_from_slice(taken);
        self.prefix_len += taken.len();
        if self.prefix_len == PREFIX_BYTES {
            self.missing = Some(announced(self.prefix, self.max_bytes)?);
        }
        Ok(rest)
    }
}

/// How many bytes of message the prefix announces. What is too long is refused
/// here, before the rest of it comes.
fn announced(prefix: [u8; PREFIX_BYTES], max_bytes: usize) -> Result<usize, Error> {
    let bytes = message_bytes(prefix);
    if bytes > max_bytes {
        return Err(Error::RequestTooLarge { bytes, limit: max_bytes });
    }
    match prefix[0] {
        0 => Ok(bytes),
        1 => Err(Error::Compressed),
        _ => Err(Error::MalformedMessage),
    }
}
