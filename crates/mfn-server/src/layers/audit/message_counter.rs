//! Counts the messages of an answer.

use bytes::Buf as _;

use crate::prefix::PREFIX_BYTES;

/// Finds the messages in the bytes of an answer, in whatever parts they come.
#[derive(Debug, Default)]
pub(super) struct MessageCounter {
    begun: u64,
    /// Bytes of the present message that are still to come.
    missing: usize,
    /// Bytes of the next prefix that have come.
    prefix: [u8; PREFIX_BYTES],
    prefix_len: usize,
}

impl MessageCounter {
    /// How many have begun.
    pub(super) fn begun(&self) -> u64 {
        self.begun
    }

    /// Looks through a further part.
    pub(super) fn count(&mut self, mut part: &[u8]) {
        while !part.is_empty() {
            let of_message = self.missing.min(part.len());
            part.advance(of_message);
            self.missing -= of_message;
            if self.missing == 0 {
                self.take_prefix(&mut part);
            }
        }
    }

    fn take_prefix(&mut self, part: &mut &[u8]) {
        let taken = part.len().min(PREFIX_BYTES - self.prefix_len);
        part.copy_to_slice(&mut self.prefix[self.prefix_len..self.prefix_len + taken]);
        self.prefix_len += taken;
        if self.prefix_len == PREFIX_BYTES {
            let [_flag, length @ ..] = self.prefix;
            self.missing = u32::from_be_bytes(length) as usize;
            self.prefix_len = 0;
            self.begun += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_counted_however_they_are_cut() {
        let bytes = [0, 0, 0, 0, 2, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 9];
        for part in 1..=bytes.len() {
            let mut messages = MessageCounter::default();
            bytes.chunks(part).for_each(|part| messages.count(part));
            assert_eq!(messages.begun(), 3, "in parts of {part}");
        }
    }
}
