//! What is kept of a message: the last value of each of its fields.

use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use prost::encoding::{encode_key, encode_varint};

use super::PREFIX_BYTES;
use super::schema::{Field, Schema};
use super::text::Text;

/// The values of a message's fields.
#[derive(Debug)]
pub(super) struct Kept {
    schema: Arc<Schema>,
    /// In the order of the schema.
    values: Vec<Option<Value>>,
}

/// A value as it was sent.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Varint(u64),
    EightBytes([u8; 8]),
    Text(Text),
}

impl Kept {
    /// Nothing yet of a message of `schema`.
    pub(super) fn of(schema: Arc<Schema>) -> Self {
        let values = vec![None; schema.fields().len()];
        Self { schema, values }
    }

    /// Keeps the value of the field at this place, in the place of an earlier one.
    pub(super) fn keep(&mut self, place: usize, value: Value) {
        self.values[place] = Some(value);
    }

    /// How many bytes the id of the call has, if it was too long to be kept whole.
    pub(super) fn request_id_bytes_if_cut(&self) -> Option<u64> {
        self.fields().find_map(|(field, value)| match value {
            Value::Text(text) if field.is_request_id => text.bytes_if_cut(),
            _ => None,
        })
    }

    /// The message again, with its prefix.
    pub(super) fn encode(&self) -> Bytes {
        let mut encoded = BytesMut::zeroed(PREFIX_BYTES);
        for (field, value) in self.fields() {
            encode_key(field.number, field.wire_type, &mut encoded);
            match value {
                Value::Varint(number) => encode_varint(*number, &mut encoded),
                Value::EightBytes(bytes) => encoded.put_slice(bytes),
                Value::Text(text) => {
                    encode_varint(text.beginning().len() as u64, &mut encoded);
                    encoded.put_slice(text.beginning());
                }
            }
        }
        let length = (encoded.len() - PREFIX_BYTES) as u32;
        encoded[1..PREFIX_BYTES].copy_from_slice(&length.to_be_bytes());
        encoded.freeze()
    }

    /// The fields that came, in the order of the schema.
    fn fields(&self) -> impl Iterator<Item = (&Field, &Value)> {
        let fields = self.schema.fields().iter().zip(&self.values);
        fields.filter_map(|(field, value)| value.as_ref().map(|value| (field, value)))
    }
}
