//! The messages of an answer in JSON, a part after the other.

use bytes::Bytes;
use prost_reflect::MessageDescriptor;

use super::output_error::OutputError;
use super::with_sources::with_sources;
use crate::json::{JsonWriter, Malformed};
use crate::request::{PREFIX_BYTES, prefix};
use crate::status::GrpcStatus;

/// What is sent at once of a message that is longer. It holds up the other calls of its
/// thread no longer than it takes to write so much.
const PART_BYTES: usize = 16 * 1024;
/// What is read at once of the message.
const READ_BYTES: usize = 4 * 1024;
/// A message of which so much is written, and whose rest is one list of doubles, is sent
/// before its length is known: as long as it can be at most, and filled with spaces.
const KNOWN_BYTES: usize = 2 * PART_BYTES;
/// Another one is kept until it is complete, and has at most so many bytes.
const MAX_KEPT_BYTES: usize = 4 * 1024 * 1024;

/// See the module.
#[derive(Debug)]
pub(super) struct JsonStream {
    message: MessageDescriptor,
    with_prefixes: bool,
    /// What has come and is not read.
    unread: Bytes,
    /// What `json` was made of.
    sources: Vec<Bytes>,
    prefix: Vec<u8>,
    present: Option<Present>,
    json: Vec<u8>,
}

/// The message that is being written.
#[derive(Debug)]
struct Present {
    writer: JsonWriter,
    /// Bytes of it that are still to be read.
    left: usize,
    /// What is still to be sent of it, if its length was sent before it was known.
    announced: Option<usize>,
}

impl JsonStream {
    pub(super) fn new(message: MessageDescriptor, with_prefixes: bool) -> Self {
        Self {
            message,
            with_prefixes,
            unread: Bytes::new(),
            sources: Vec::new(),
            prefix: Vec::new(),
            present: None,
            json: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, part: Bytes) {
        self.unread = part;
        self.sources.push(self.unread.clone());
    }

    pub(super) fn has_more(&self) -> bool {
        !self.unread.is_empty() || !self.json.is_empty()
    }

    pub(super) fn is_between(&self) -> bool {
        self.present.is_none() && self.prefix.is_empty() && self.unread.is_empty()
    }

    /// The next part, if there is enough to make one.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, OutputError> {
        loop {
            if self.present.is_none() && !self.begin()? {
                return Ok(None);
            }
            let Some(present) = &mut self.present else { return Ok(None) };
            let read = present.left.min(self.unread.len()).min(READ_BYTES);
            present.writer.push(&self.unread.split_to(read));
            present.left -= read;
            let_go_if_empty(&mut self.unread);
            let is_kept = self.with_prefixes && present.announced.is_none();
            let enough = if is_kept { usize::MAX } else { PART_BYTES };
            let written = present.writer.write(&mut self.json, enough);
            if let Err(Malformed) = written {
                return Err(self.cannot_be_written());
            }
            if let Some(part) = self.part()? {
                return Ok(Some(part));
            }
            if self.present.is_some() && self.unread.is_empty() && read == 0 {
                return Ok(None);
            }
        }
    }

    /// Reads the prefix of the next message, and returns whether it has come whole.
    fn begin(&mut self) -> Result<bool, OutputError> {
        let more = (PREFIX_BYTES - self.prefix.len()).min(self.unread.len());
        self.prefix.extend_from_slice(&self.unread.split_to(more));
        let_go_if_empty(&mut self.unread);
        let Some([flag, length @ ..]) = self.prefix.first_chunk::<PREFIX_BYTES>().copied() else {
            return Ok(false);
        };
        if flag != 0 {
            return Err(self.cannot_be_written());
        }
        self.prefix.clear();
        let left = u32::from_be_bytes(length) as usize;
        let writer = JsonWriter::new(self.message.clone(), left);
        self.present = Some(Present { writer, left, announced: None });
        Ok(true)
    }

    /// What can be sent now.
    fn part(&mut self) -> Result<Option<Bytes>, OutputError> {
        let Some(present) = &mut self.present else { return Ok(None) };
        let is_complete = present.writer.is_complete();
        if !self.with_prefixes {
            if !is_complete && self.json.len() < PART_BYTES {
                return Ok(None);
            }
            if is_complete {
                self.present = None;
            }
            return Ok(Some(self.send(&[])));
        }
        match &mut present.announced {
            None if is_complete => {
                self.present = None;
                let prefix = prefix(0, self.json.len());
                Ok(Some(self.send(&prefix)))
            }
            None if self.json.len() < KNOWN_BYTES => Ok(None),
            None => match present.writer.most_left() {
                Some(most) => {
                    let prefix = prefix(0, self.json.len() + most);
                    present.announced = Some(most);
                    Ok(Some(self.send(&prefix)))
                }
                None if self.json.len() > MAX_KEPT_BYTES => Err(self.cannot_be_written()),
                None => Ok(None),
            },
            Some(left) => {
                if is_complete {
                    let spaces = (*left - self.json.len()).min(PART_BYTES);
                    self.json.resize(self.json.len() + spaces, b' ');
                } else if self.json.len() < PART_BYTES {
                    return Ok(None);
                }
                *left -= self.json.len();
                if *left == 0 {
                    self.present = None;
                }
                Ok(Some(self.send(&[])))
            }
        }
    }

    /// All of `json`, behind `prefix`.
    fn send(&mut self, prefix: &[u8]) -> Bytes {
        let json = std::mem::take(&mut self.json);
        let data = if prefix.is_empty() { json } else { [prefix, &json].concat() };
        let sources = std::mem::take(&mut self.sources);
        if !self.unread.is_empty() {
            // More will be made of it.
            self.sources.push(self.unread.clone());
        }
        with_sources(data, sources)
    }

    fn cannot_be_written(&self) -> OutputError {
        let has_begun = self.present.as_ref().is_some_and(|present| present.announced.is_some());
        OutputError {
            status: GrpcStatus::unknown(
                "the answer cannot be written as JSON: ask for it in protobuf",
            ),
            can_be_told: self.with_prefixes && !has_begun,
        }
    }
}

/// Of a part that is read to its end nothing is held: whoever gave it may wait for that
/// before the answer ends.
fn let_go_if_empty(part: &mut Bytes) {
    if part.is_empty() {
        *part = Bytes::new();
    }
}
