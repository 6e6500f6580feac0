//! The one message of a request, as its data come.

use std::sync::Arc;

use super::PREFIX_BYTES;
use super::filter::Filter;
use super::kept::Kept;
use super::schema::Schema;
use crate::error::Error;

/// A request that is being read.
#[derive(Debug)]
pub(super) struct Reading {
    max_bytes: usize,
    prefix: Vec<u8>,
    /// Bytes of the message that are still to come, once the prefix has told.
    missing: Option<usize>,
    /// What is wrong with the message is told at the end of the request: an answer
    /// in the middle of it would reset the stream.
    message: Result<Filter, Error>,
}

impl Reading {
    /// Before the request, whose message is of `schema` and has at most `max_bytes`.
    pub(super) fn new(schema: Arc<Schema>, max_bytes: usize) -> Self {
        let prefix = Vec::with_capacity(PREFIX_BYTES);
        Self { max_bytes, prefix, missing: None, message: Ok(Filter::new(schema)) }
    }

    /// Takes further data of the request.
    ///
    /// # Errors
    /// The request is refused at once: by the prefix of its message, or for a
    /// second message.
    pub(super) fn take(&mut self, mut data: &[u8]) -> Result<(), Error> {
        if self.missing.is_none() {
            data = self.take_prefix(data)?;
        }
        let Some(missing) = &mut self.missing else { return Ok(()) };
        if data.len() > *missing {
            return Err(Error::SecondMessage);
        }
        *missing -= data.len();
        if let Ok(filter) = &mut self.message
            && let Err(error) = filter.take(data)
        {
            self.message = Err(error);
        }
        Ok(())
    }

    /// The request has come to its end: what is kept of its message.
    ///
    /// # Errors
    /// It has no message, not all of one, or not one of this kind.
    pub(super) fn end(self) -> Result<Kept, Error> {
        match self.missing {
            Some(0) => self.message?.end(),
            None if self.prefix.is_empty() => Err(Error::NoMessage),
            // The request ends in the middle of a message.
            _ => Err(Error::MalformedMessage),
        }
    }

    /// Takes what `data` begins with of the prefix, and returns the rest.
    fn take_prefix<'a>(&mut self, data: &'a [u8]) -> Result<&'a [u8], Error> {
        let (taken, rest) = data.split_at(data.len().min(PREFIX_BYTES - self.prefix.len()));
        self.prefix.extend_from_slice(taken);
        if let [flag, a, b, c, d] = self.prefix[..] {
            let bytes = u32::from_be_bytes([a, b, c, d]) as usize;
            self.missing = Some(announced(flag, bytes, self.max_bytes)?);
        }
        Ok(rest)
    }
}

/// How many bytes of message the prefix announces. What is too long is refused
/// here, before the rest of it comes.
fn announced(flag: u8, bytes: usize, max_bytes: usize) -> Result<usize, Error> {
    if bytes > max_bytes {
        return Err(Error::RequestTooLarge { bytes, limit: max_bytes });
    }
    match flag {
        0 => Ok(bytes),
        1 => Err(Error::Compressed),
        _ => Err(Error::MalformedMessage),
    }
}
