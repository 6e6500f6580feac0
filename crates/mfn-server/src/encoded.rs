//! A unary answer as it goes over the wire, without what is the call's own: the prefix
//! of its message and its `request_id`, which is the first field of every answer.

use std::slice;
use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len};

use crate::prefix::{PREFIX_BYTES, put_prefix};

/// The number of the field `request_id` in all answers.
const REQUEST_ID_TAG: u32 = 1;

/// See the module. Copies of it share their bytes.
#[derive(Clone, Debug)]
pub(crate) struct EncodedAnswer {
    pieces: Pieces,
    bytes: usize,
}

#[derive(Clone, Debug)]
enum Pieces {
    One(Bytes),
    Many(Arc<[Bytes]>),
}

impl EncodedAnswer {
    /// `message`, which must be without its `request_id`.
    pub(crate) fn of(message: &impl Message) -> Self {
        let encoded = message.encode_to_vec();
        Self { bytes: encoded.len(), pieces: Pieces::One(encoded.into()) }
    }

    /// A message that was encoded in `pieces`, without its `request_id`.
    pub(crate) fn in_pieces(pieces: Vec<Bytes>) -> Self {
        let bytes = pieces.iter().map(Bytes::len).sum();
        Self { bytes, pieces: Pieces::Many(pieces.into()) }
    }

    /// How many bytes all pieces have together.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn pieces(&self) -> &[Bytes] {
        match &self.pieces {
            Pieces::One(piece) => slice::from_ref(piece),
            Pieces::Many(pieces) => pieces,
        }
    }

    /// What comes before the pieces in the answer of the call with this id. The buffer
    /// has room for the pieces too if `is_whole`.
    pub(crate) fn head(&self, request_id: &str, is_whole: bool) -> Vec<u8> {
        let id_length = request_id.len();
        let id_bytes = match id_length {
            // As every field, it is left out where it has its default.
            0 => 0,
            _ => key_len(REQUEST_ID_TAG) + encoded_len_varint(id_length as u64) + id_length,
        };
        let room = if is_whole { self.bytes } else { 0 };
        let mut head = Vec::with_capacity(PREFIX_BYTES + id_bytes + room);
        put_prefix(&mut head, id_bytes + self.bytes);
        if id_length > 0 {
            encode_key(REQUEST_ID_TAG, WireType::LengthDelimited, &mut head);
            encode_varint(id_length as u64, &mut head);
            head.extend_from_slice(request_id.as_bytes());
        }
        head
    }

    /// The answer of the call with this id, in one buffer.
    pub(crate) fn whole(&self, request_id: &str) -> Bytes {
        let mut message = self.head(request_id, true);
        for piece in self.pieces() {
            message.extend_from_slice(piece);
        }
        message.into()
    }
}

#[cfg(test)]
mod tests {
    use mfn_proto::{FeatureResponse, SimulationResult, ValidationResult};

    use super::*;

    /// As tonic sends it.
    fn sent(message: &impl Message) -> Vec<u8> {
        let length = u32::try_from(message.encoded_len()).expect("a length");
        [&[0][..], &length.to_be_bytes(), &message.encode_to_vec()].concat()
    }

    // shows MFN-WIRE-009
    #[test]
    fn an_answer_with_an_id_put_before_it_is_what_prost_encodes_with_the_id() {
        for request_id in ["", "test-123", "\u{e9}", &"x".repeat(256)] {
            let named = || request_id.to_owned();
            let simulation = SimulationResult { growth_events: 7, ..Default::default() };
            let features = FeatureResponse { lacunarity: 1.5, ..Default::default() };
            let validation = ValidationResult { loss_start: 2.5, ..Default::default() };
            let pairs = [
                (
                    EncodedAnswer::of(&simulation),
                    sent(&SimulationResult { request_id: named(), ..simulation }),
                ),
                (
                    EncodedAnswer::of(&features),
                    sent(&FeatureResponse { request_id: named(), ..features }),
                ),
                (
                    EncodedAnswer::of(&validation),
                    sent(&ValidationResult { request_id: named(), ..validation }),
                ),
            ];
            for (answer, expected) in pairs {
                assert_eq!(answer.whole(request_id), expected);
            }
        }
    }
}
