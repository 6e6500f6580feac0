//! An answer with a field, encoded in pieces straight from the lattice. Encoded as
//! one message, it would be there three times: as a list of numbers, as the
//! message's bytes, and as what these are copied to while they grow.

use bytes::Bytes;
use mfn_core::Simulation;
use mfn_core::statistics::MV_PER_V;
use mfn_proto::PotentialField;
use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len};

use crate::prefix::{PREFIX_BYTES, put_prefix};

/// Most bytes of a piece: what a network thread handles at a time, and what is
/// held of an answer whose reader is slow.
pub(crate) const PIECE_BYTES: usize = 64 * 1024;

const VALUE_BYTES: usize = size_of::<f64>();
/// The number of `PotentialField.values_mV`.
const VALUES_TAG: u32 = 2;

/// A message whose last field is a field of potentials.
#[derive(Debug)]
pub(crate) struct FieldMessage {
    /// All that comes before the first value. The first piece takes it.
    head: Vec<u8>,
    /// How long the message is.
    bytes: usize,
    /// Values that are encoded.
    encoded: usize,
}

impl FieldMessage {
    /// `message`, and behind it the field of `simulation` as the field `tag`, which
    /// must be the message's last.
    pub(super) fn new(message: &impl Message, tag: u32, simulation: &Simulation) -> Self {
        let values_bytes = simulation.field_v().len() * VALUE_BYTES;
        let grid_size = simulation.params().grid_size() as i32;
        let mut field = PotentialField { grid_size, ..Default::default() }.encode_to_vec();
        encode_key(VALUES_TAG, WireType::LengthDelimited, &mut field);
        encode_varint(values_bytes as u64, &mut field);

        let field_bytes = field.len() + values_bytes;
        let field_head_bytes = key_len(tag) + encoded_len_varint(field_bytes as u64);
        let message_bytes = message.encoded_len() + field_head_bytes + field_bytes;
        let mut head = Vec::with_capacity(message_bytes - values_bytes);
        head.extend(message.encode_to_vec());
        encode_key(tag, WireType::LengthDelimited, &mut head);
        encode_varint(field_bytes as u64, &mut head);
        head.extend(field);
        Self { head, bytes: message_bytes, encoded: 0 }
    }

    /// The same as gRPC sends it. No piece must have been taken.
    pub(super) fn with_prefix(self) -> Self {
        let mut head = Vec::with_capacity(PREFIX_BYTES + self.head.len());
        put_prefix(&mut head, self.bytes);
        head.extend(self.head);
        Self { head, ..self }
    }

    /// The next piece, of the same simulation in the same state; nothing after the
    /// last.
    pub(crate) fn next_piece(&mut self, simulation: &Simulation) -> Option<Bytes> {
        let values = &simulation.field_v()[self.encoded..];
        if values.is_empty() {
            return None;
        }
        let mut piece = std::mem::take(&mut self.head);
        let head = piece.len();
        let count = values.len().min((PIECE_BYTES - head) / VALUE_BYTES);
        piece.reserve_exact(count * VALUE_BYTES);
        piece.resize(head + count * VALUE_BYTES, 0);
        for (bytes, v) in piece[head..].chunks_exact_mut(VALUE_BYTES).zip(values) {
            bytes.copy_from_slice(&(MV_PER_V * v).to_le_bytes());
        }
        self.encoded += count;
        Some(piece.into())
    }
}

#[cfg(test)]
mod tests {
    use mfn_core::{SimulationParams, SimulationSettings};
    use mfn_proto::{SimulationFrame, SimulationResult, SimulationStreamRequest};

    use super::super::simulation::{
        frame_with_field, result_with_field, simulation_frame, simulation_result,
    };
    use super::*;

    fn pieces(mut message: FieldMessage, simulation: &Simulation) -> Vec<Bytes> {
        std::iter::from_fn(|| message.next_piece(simulation)).collect()
    }

    /// As tonic sends it.
    fn whole(message: &impl Message) -> Vec<u8> {
        let length = u32::try_from(message.encoded_len()).expect("a length");
        [&[0][..], &length.to_be_bytes(), &message.encode_to_vec()].concat()
    }

    // shows MFN-WIRE-009
    #[test]
    fn the_pieces_are_what_prost_encodes_and_none_is_larger_than_it_may_be() {
        let request_id = || "test-123".to_owned();
        for grid_size in [4, 9, 89, 90, 91, 128, 300] {
            let settings = SimulationSettings { grid_size, steps: 3, ..Default::default() };
            let params = SimulationParams::try_from(settings).expect("allowed");
            let mut simulation = Simulation::new(params);
            simulation.advance_to(2);
            let values_m_v = simulation.field_mv();
            let field = Some(PotentialField { grid_size, values_m_v });

            let encoded = pieces(result_with_field(&simulation), &simulation);
            assert!(encoded.iter().all(|piece| piece.len() <= PIECE_BYTES), "{grid_size}");
            let result = simulation_result(&simulation);
            let result = SimulationResult { field: field.clone(), ..result };
            assert_eq!(encoded.concat(), result.encode_to_vec());

            let request =
                SimulationStreamRequest { request_id: request_id(), ..Default::default() };
            let encoded = pieces(frame_with_field(&request, &simulation), &simulation);
            assert!(encoded.iter().all(|piece| piece.len() <= PIECE_BYTES), "{grid_size}");
            let frame = SimulationFrame { field, ..simulation_frame(&request, &simulation) };
            assert_eq!(encoded.concat(), whole(&frame));
        }
    }
}
