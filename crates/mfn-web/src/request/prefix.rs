//! What stands before each message: a flag, and its length.

use bytes::Bytes;

/// Bytes of a prefix.
pub(crate) const PREFIX_BYTES: usize = 5;
/// The flag of a compressed message.
pub(crate) const COMPRESSED: u8 = 1;

/// The prefix of a message of so many bytes. What is longer than a prefix can say is as
/// long as one can say, which no service takes.
pub(crate) fn prefix(flag: u8, bytes: usize) -> [u8; PREFIX_BYTES] {
    let [a, b, c, d] = u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes();
    [flag, a, b, c, d]
}

/// A message with its prefix.
pub(crate) fn prefixed(message: &[u8]) -> Bytes {
    [&prefix(0, message.len()), message].concat().into()
}

/// A compressed message, of which no service looks further than the flag.
pub(crate) fn compressed() -> Bytes {
    Bytes::copy_from_slice(&prefix(COMPRESSED, 0))
}
