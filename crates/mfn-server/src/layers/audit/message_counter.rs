//! Counts the messages of an answer.

use crate::heads::Heads;
use crate::prefix::{PREFIX_BYTES, message_bytes};

/// Finds the messages in the bytes of an answer, in whatever parts they come.
#[derive(Debug)]
pub(super) struct MessageCounter {
    begun: u64,
    prefixes: Heads<PREFIX_BYTES>,
}

impl Default for MessageCounter {
    fn default() -> Self {
        Self { begun: 0, prefixes: Heads::after(0) }
    }
}

impl MessageCounter {
    /// How many have begun.
    pub(super) fn begun(&self) -> u64 {
        self.begun
    }

    /// Looks through a further part.
    pub(super) fn count(&mut self, mut part: &[u8]) {
        while self.prefixes.next(&mut part, message_bytes).is_some() {
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
