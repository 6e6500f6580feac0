//! What is kept of a message: the last value of each of its fields.

use std::sync::Arc;

use bytes::BufMut;
use prost::Message;
use prost::encoding::{encode_key, encode_varint, encoded_len_varint, key_len};

use super::schema::{Field, Schema};
use super::text::Text;
use crate::error::Error;

/// The values of a message's fields.
#[derive(Debug)]
pub(crate) struct Kept {
    schema: Arc<Schema>,
    /// In the order in which they came, each with the place of its field: of the
    /// fields of a `oneof` the last one counts.
    values: Vec<(usize, Value)>,
}

/// A value as it was sent.
#[derive(Debug)]
pub(super) enum Value {
    Varint(u64),
    EightBytes([u8; 8]),
    Text(Text),
}

impl Kept {
    /// Nothing yet of a message of `schema`.
    pub(super) fn of(schema: Arc<Schema>) -> Self {
        let values = Vec::with_capacity(schema.fields().len());
        Self { schema, values }
    }

    /// Keeps the value of the field at this place, instead of an earlier one.
    pub(super) fn keep(&mut self, place: usize, value: Value) {
        self.values.retain(|(kept, _)| *kept != place);
        self.values.push((place, value));
    }

    /// How many bytes the id of the call has, if it was too long to be kept whole.
    pub(crate) fn request_id_bytes_if_cut(&self) -> Option<u64> {
        self.fields().find_map(|(field, value)| match value {
            Value::Text(text) if field.is_request_id => text.bytes_if_cut(),
            _ => None,
        })
    }

    /// The message.
    ///
    /// # Errors
    /// It is none of this kind.
    pub(crate) fn decode<M: Message + Default>(&self) -> Result<M, Error> {
        M::decode(&*self.encoded()).map_err(|_| Error::MalformedMessage)
    }

    /// The message as it comes over the wire.
    pub(crate) fn encoded(&self) -> Vec<u8> {
        let mut encoded = Vec::with_capacity(self.encoded_len());
        self.encode(&mut encoded);
        encoded
    }

    fn encoded_len(&self) -> usize {
        let len = |value: &Value| match value {
            Value::Varint(number) => encoded_len_varint(*number),
            Value::EightBytes(bytes) => bytes.len(),
            Value::Text(text) => {
                encoded_len_varint(text.beginning().len() as u64) + text.beginning().len()
            }
        };
        self.fields().map(|(field, value)| key_len(field.number) + len(value)).sum()
    }

    fn encode(&self, encoded: &mut impl BufMut) {
        for (field, value) in self.fields() {
            encode_key(field.number, field.kind.wire_type(), encoded);
            match value {
                Value::Varint(number) => encode_varint(*number, encoded),
                Value::EightBytes(bytes) => encoded.put_slice(bytes),
                Value::Text(text) => {
                    encode_varint(text.beginning().len() as u64, encoded);
                    encoded.put_slice(text.beginning());
                }
            }
        }
    }

    fn fields(&self) -> impl Iterator<Item = (&Field, &Value)> {
        self.values.iter().map(|(place, value)| (&self.schema.fields()[*place], value))
    }
}
