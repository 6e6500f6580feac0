//! Messages in JSON with their prefixes, as a request in JSON has them that could be a
//! stream.

use bytes::Bytes;
use prost_reflect::MessageDescriptor;

use super::{COMPRESSED, PREFIX_BYTES, prefix, prefixed};
use crate::fault::Fault;
use crate::json;

/// Reads them as they come.
#[derive(Debug)]
pub(super) struct JsonMessages {
    message: MessageDescriptor,
    limit: usize,
    unread: Vec<u8>,
}

impl JsonMessages {
    /// Those of this type, with at most `limit` bytes each.
    pub(super) fn new(message: MessageDescriptor, limit: usize) -> Self {
        Self { message, limit, unread: Vec::new() }
    }

    /// So much more has come.
    pub(super) fn take(&mut self, data: &[u8]) {
        self.unread.extend_from_slice(data);
    }

    /// Whether nothing has come of a message that is not complete.
    pub(super) fn is_between(&self) -> bool {
        self.unread.is_empty()
    }

    /// The next message in protobuf, if it has come whole.
    ///
    /// # Errors
    /// It is too long, or not written as it has to be.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        let Some((head, rest)) = self.unread.split_first_chunk::<PREFIX_BYTES>() else {
            return Ok(None);
        };
        let [flag, length @ ..] = *head;
        let length = u32::from_be_bytes(length) as usize;
        if flag == COMPRESSED {
            self.unread.clear();
            return Ok(Some(Bytes::copy_from_slice(&prefix(COMPRESSED, 0))));
        }
        if flag != 0 {
            let text = "send messages with the flag 0: none but those of an answer have others";
            return Err(Fault::Malformed(text.to_owned()));
        }
        if length > self.limit {
            return Err(Fault::TooLarge { limit: self.limit });
        }
        let Some(message) = rest.get(..length) else { return Ok(None) };
        let message = json::read(&self.message, message)?;
        self.unread.drain(..PREFIX_BYTES + length);
        Ok(Some(prefixed(&message)))
    }
}
