//! Messages in JSON with their prefixes, as a request in JSON has them that could be a
//! stream.

use bytes::Bytes;
use prost_reflect::MessageDescriptor;

use super::Limits;
use super::prefix::{COMPRESSED, PREFIX_BYTES, compressed};
use super::whole::WholeMessage;
use crate::fault::Fault;

/// Reads them as they are received.
#[derive(Debug)]
pub(super) struct JsonMessages {
    message: MessageDescriptor,
    limits: Limits,
    unread: Bytes,
    /// As much as was received of the next prefix.
    prefix: Vec<u8>,
    begun: Option<Begun>,
}

/// A message whose prefix was received.
#[derive(Debug)]
struct Begun {
    message: WholeMessage,
    /// Bytes that are still to be received.
    left: usize,
}

impl JsonMessages {
    /// Those of this type.
    pub(super) fn new(message: MessageDescriptor, limits: Limits) -> Self {
        Self { message, limits, unread: Bytes::new(), prefix: Vec::new(), begun: None }
    }

    /// A further part is received, after [`Self::next`] had no message any more.
    pub(super) fn push(&mut self, part: Bytes) {
        self.unread = part;
    }

    /// Whether nothing was received of a message that is not complete.
    pub(super) fn is_between(&self) -> bool {
        self.unread.is_empty() && self.prefix.is_empty() && self.begun.is_none()
    }

    /// The next message in protobuf, if it was received whole.
    ///
    /// # Errors
    /// It is too long, or not written as it has to be.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        if self.begun.is_none() {
            let more = (PREFIX_BYTES - self.prefix.len()).min(self.unread.len());
            self.prefix.extend_from_slice(&self.unread.split_to(more));
            let Some(prefix) = self.prefix.first_chunk::<PREFIX_BYTES>().copied() else {
                return Ok(None);
            };
            self.prefix.clear();
            if prefix[0] == COMPRESSED {
                self.unread.clear();
                return Ok(Some(compressed()));
            }
            self.begun = Some(self.begin(prefix)?);
        }
        let Some(begun) = &mut self.begun else { return Ok(None) };
        let part = self.unread.split_to(begun.left.min(self.unread.len()));
        begun.left -= part.len();
        begun.message.push(&part)?;
        let whole = self.begun.take_if(|begun| begun.left == 0);
        whole.map(|whole| whole.message.end()).transpose()
    }

    fn begin(&self, [flag, length @ ..]: [u8; PREFIX_BYTES]) -> Result<Begun, Fault> {
        if flag != 0 {
            let text = "send messages with the flag 0: none but those of an answer have others";
            return Err(Fault::Malformed(text.to_owned()));
        }
        let left = u32::from_be_bytes(length) as usize;
        self.limits.check_message(left)?;
        Ok(Begun { message: WholeMessage::new(Some(self.message.clone()), self.limits), left })
    }
}
