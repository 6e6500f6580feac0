//! A message that has to be received as a whole before it can be passed on: in JSON, or
//! without its length.

use bytes::Bytes;
use prost_reflect::MessageDescriptor;

use super::Limits;
use super::prefix::prefixed;
use crate::fault::Fault;
use crate::json::{self, Condensed, TooLong};

/// Collects it as it is received.
#[derive(Debug)]
pub(super) struct WholeMessage {
    content: Content,
    received_bytes: usize,
    limits: Limits,
}

#[derive(Debug)]
enum Content {
    Proto(Vec<u8>),
    Json(MessageDescriptor, Condensed),
}

impl WholeMessage {
    /// One of this type in JSON, or one in protobuf.
    pub(super) fn new(json: Option<MessageDescriptor>, limits: Limits) -> Self {
        let content = match json {
            Some(message) => Content::Json(message, Condensed::new(limits.whole_bytes)),
            None => Content::Proto(Vec::new()),
        };
        Self { content, received_bytes: 0, limits }
    }

    /// A further part is received.
    ///
    /// # Errors
    /// The message is too long.
    pub(super) fn push(&mut self, part: &[u8]) -> Result<(), Fault> {
        self.received_bytes += part.len();
        self.limits.check_message(self.received_bytes)?;
        let limit = self.limits.whole_bytes;
        let is_kept = match &mut self.content {
            Content::Json(_, text) => text.push(part),
            Content::Proto(kept) if kept.len() + part.len() > limit => Err(TooLong),
            Content::Proto(kept) => {
                kept.extend_from_slice(part);
                Ok(())
            }
        };
        is_kept.map_err(|TooLong| Fault::TooLargeWhole { limit })
    }

    /// The message in protobuf, with its prefix, once all of it is received.
    ///
    /// # Errors
    /// It is not written as it has to be.
    pub(super) fn end(&self) -> Result<Bytes, Fault> {
        Ok(match &self.content {
            Content::Proto(kept) => prefixed(kept),
            Content::Json(message, text) => prefixed(&json::read(message, text)?),
        })
    }
}
