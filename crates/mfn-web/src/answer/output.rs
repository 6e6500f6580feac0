//! What is made of the messages of an answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf as _, Bytes};
use prost_reflect::MessageDescriptor;

use super::json_stream::JsonStream;
use super::output_error::OutputError;
use super::with_sources::with_sources;
use crate::request::PREFIX_BYTES;

/// Messages with their prefixes go in, in whatever parts, and what is sent comes out.
#[derive(Debug)]
pub(super) enum Output {
    AsItIs(Bytes),
    /// In base64.
    Text(Bytes),
    /// One message without its prefix.
    WithoutPrefix {
        part: Bytes,
        prefix_left: usize,
    },
    Json(Box<JsonStream>),
}

impl Output {
    pub(super) fn as_it_is() -> Self {
        Self::AsItIs(Bytes::new())
    }

    pub(super) fn text() -> Self {
        Self::Text(Bytes::new())
    }

    pub(super) fn without_prefix() -> Self {
        Self::WithoutPrefix { part: Bytes::new(), prefix_left: PREFIX_BYTES }
    }

    /// Messages of this type in JSON, with prefixes or, if it is only one, without.
    pub(super) fn json(message: MessageDescriptor, with_prefixes: bool) -> Self {
        Self::Json(Box::new(JsonStream::new(message, with_prefixes)))
    }

    /// A further part has come. The one before has been written.
    pub(super) fn push(&mut self, new: Bytes) {
        match self {
            Self::AsItIs(part) | Self::Text(part) => *part = new,
            Self::WithoutPrefix { part, prefix_left } => {
                *part = new;
                let of_prefix = part.len().min(*prefix_left);
                part.advance(of_prefix);
                *prefix_left -= of_prefix;
            }
            Self::Json(stream) => stream.push(new),
        }
    }

    /// The next part that is sent, if there is one.
    ///
    /// # Errors
    /// A message cannot be written.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, OutputError> {
        let part = match self {
            Self::AsItIs(part) | Self::WithoutPrefix { part, .. } => std::mem::take(part),
            Self::Text(part) => {
                let part = std::mem::take(part);
                if part.is_empty() {
                    return Ok(None);
                }
                with_sources(base64(&part), vec![part])
            }
            Self::Json(stream) => return stream.next(),
        };
        Ok((!part.is_empty()).then_some(part))
    }

    /// Whether something is left to write of what has come.
    pub(super) fn has_more(&self) -> bool {
        match self {
            Self::AsItIs(part) | Self::Text(part) | Self::WithoutPrefix { part, .. } => {
                !part.is_empty()
            }
            Self::Json(stream) => stream.has_more(),
        }
    }

    /// Whether no message has begun that is not complete, as far as that is known.
    pub(super) fn is_between(&self) -> bool {
        match self {
            Self::Json(stream) => stream.is_between(),
            _ => true,
        }
    }

    /// Nothing more is written.
    pub(super) fn give_up(&mut self) {
        *self = Self::as_it_is();
    }
}

/// With its padding: each part is decoded as it comes.
pub(super) fn base64(part: &[u8]) -> Vec<u8> {
    STANDARD.encode(part).into_bytes()
}
