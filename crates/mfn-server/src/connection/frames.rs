//! Finds the frames in what goes over a connection, in whatever portions it goes.

use crate::heads::Heads;

/// Length, kind, flags and stream of a frame (RFC 9113, section 4.1).
const HEAD_BYTES: usize = 9;

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
/// The kind of a frame that resets a stream. Its payload is an error.
pub(super) const RST_STREAM: u8 = 3;

const END_HEADERS: u8 = 4;

/// What a frame begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHead {
    pub(super) kind: u8,
    flags: u8,
    pub(super) stream: u32,
}

impl FrameHead {
    /// Whether the headers that begin with it go on in further frames.
    pub(super) fn is_in_parts(self) -> bool {
        self.kind == HEADERS && self.flags & END_HEADERS == 0
    }
}

/// Looks through bytes that are whole frames.
#[derive(Debug)]
pub(super) struct FrameFinder(Heads<HEAD_BYTES>);

impl Default for FrameFinder {
    fn default() -> Self {
        Self::after(0)
    }
}

impl FrameFinder {
    /// Of a connection on which `bytes` others come first.
    pub(super) fn after(bytes: usize) -> Self {
        Self(Heads::after(bytes))
    }

    /// Whether the last frame is complete, and no other has begun.
    pub(super) fn is_between(&self) -> bool {
        self.0.is_between()
    }

    /// Takes from `bytes` what there is up to the end of the next head, which it
    /// returns; all of them if no head ends there.
    pub(super) fn next_head(&mut self, bytes: &mut &[u8]) -> Option<FrameHead> {
        let payload_bytes =
            |[a, b, c, ..]: [u8; HEAD_BYTES]| u32::from_be_bytes([0, a, b, c]) as usize;
        let [_, _, _, kind, flags, stream @ ..] = self.0.next(bytes, payload_bytes)?;
        // The first bit is reserved.
        let stream = u32::from_be_bytes(stream) & (u32::MAX >> 1);
        Some(FrameHead { kind, flags, stream })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A frame as it goes over the wire, which is all of its kind.
    pub(crate) fn frame(kind: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = (payload.len() as u32).to_be_bytes();
        let flags = if kind == HEADERS { END_HEADERS } else { 0 };
        [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    }

    #[test]
    fn heads_are_found_however_they_are_cut() {
        let looks_like_one = frame(DATA, 1, &frame(RST_STREAM, 1, &[0; 4]));
        let others = [frame(HEADERS, 3, &[7; 300]), frame(DATA, 1 << 31 | 3, &[])].concat();
        let bytes = [looks_like_one, others].concat();
        for portion in 1..=bytes.len() {
            let mut frames = FrameFinder::default();
            let mut found = Vec::new();
            for mut part in bytes.chunks(portion) {
                found.extend(std::iter::from_fn(|| frames.next_head(&mut part)));
                assert!(part.is_empty());
            }
            let head = |kind, flags, stream| FrameHead { kind, flags, stream };
            let expected = [head(DATA, 0, 1), head(HEADERS, END_HEADERS, 3), head(DATA, 0, 3)];
            assert_eq!(found, expected, "in portions of {portion}");
        }
    }
}
