//! What gRPC has before each message: a flag, and the length of the message in
//! big-endian order.

use bytes::BufMut as _;

/// How many bytes it has.
pub(crate) const PREFIX_BYTES: usize = 5;

/// Puts that of a message of `length` bytes, which is not compressed.
pub(crate) fn put_prefix(encoded: &mut Vec<u8>, length: usize) {
    encoded.put_u8(0);
    encoded.put_u32(length as u32);
}

/// How many bytes the message has that follows this prefix.
pub(crate) fn message_bytes([_flag, length @ ..]: [u8; PREFIX_BYTES]) -> usize {
    u32::from_be_bytes(length) as usize
}
