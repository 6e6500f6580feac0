//! Finds heads in bytes that come in whatever portions: those of frames in HTTP/2, and
//! the prefixes of messages in gRPC. Both are of one length, and tell how long the
//! payload is that follows.

use bytes::Buf as _;

/// Looks through bytes that are heads of `N` bytes, each with its payload.
#[derive(Debug)]
pub(crate) struct Heads<const N: usize> {
    /// The present head, so far.
    head: [u8; N],
    head_len: usize,
    /// Bytes of the present payload that are still to come.
    left: usize,
}

impl<const N: usize> Heads<N> {
    /// Of bytes of which so many come before the first head.
    pub(crate) fn after(bytes: usize) -> Self {
        Self { head: [0; N], head_len: 0, left: bytes }
    }

    /// Whether the last payload is complete, and no other head has begun.
    pub(crate) fn is_between(&self) -> bool {
        self.left == 0 && self.head_len == 0
    }

    /// Takes from `bytes` what there is up to the end of the next head, which it
    /// returns; all of them if no head ends there. A head tells how many
    /// `payload_bytes` follow it.
    pub(crate) fn next(
        &mut self,
        bytes: &mut &[u8],
        payload_bytes: impl FnOnce([u8; N]) -> usize,
    ) -> Option<[u8; N]> {
        let of_payload = self.left.min(bytes.len());
        bytes.advance(of_payload);
        self.left -= of_payload;
        let taken = (N - self.head_len).min(bytes.len());
        bytes.copy_to_slice(&mut self.head[self.head_len..self.head_len + taken]);
        self.head_len += taken;
        if self.head_len < N {
            return None;
        }
        (self.head_len, self.left) = (0, payload_bytes(self.head));
        Some(self.head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Heads of two bytes, of which the second says how long the payload is.
    fn payload_bytes([_, length]: [u8; 2]) -> usize {
        length.into()
    }

    #[test]
    fn heads_are_found_however_they_are_cut() {
        let bytes = [9, 9, 9, 1, 3, 2, 3, 1, 2, 0, 3, 1, 7, 4, 2, 5];
        for portion in 1..=bytes.len() {
            let mut heads = Heads::after(3);
            let mut found = Vec::new();
            for mut part in bytes.chunks(portion) {
                found.extend(std::iter::from_fn(|| heads.next(&mut part, payload_bytes)));
                assert!(part.is_empty());
            }
            assert_eq!(found, [[1, 3], [2, 0], [3, 1], [4, 2]], "in portions of {portion}");
            assert!(!heads.is_between(), "a byte is to come");
            heads.next(&mut &[5][..], payload_bytes);
            assert!(heads.is_between());
        }
    }
}
