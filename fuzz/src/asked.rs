//! What a client of HTTP/2 has sent, as far as it says what the server may send.

use std::collections::HashMap;

use conformance_wire::frames::{
    END_HEADERS, Frame, HEADERS, INITIAL_WINDOW_SIZE, PING, PREFACE, SETTINGS, WINDOW_UPDATE,
};

use crate::frames::{CONTINUATION, Frames, STREAM_BITS, tag};

/// The setting of the longest frame that the server may send (RFC 9113, 6.5.2).
const MAX_FRAME_SIZE: u8 = 5;
/// What that and the windows are before a client says anything.
const FIRST_MAX_FRAME_BYTES: usize = 16 * 1024;
const FIRST_WINDOW: u64 = 65_535;
/// What a request for health has in its path, of which one is whole if it comes in two
/// frames. Such calls have no line in the audit (MFN-AUDIT-007), nor has what a browser asks
/// before a call.
const PARTS_OF_UNRECORDED: [&[u8]; 3] = [b"grpc.hea", b".Health/", b"OPTIONS"];

/// See the module.
#[derive(Debug)]
pub(crate) struct Asked {
    frames: Frames,
    /// Those that it opened.
    streams: HashMap<u32, Stream>,
    /// The highest one that a frame of it had.
    pub(crate) highest: u32,
    /// The stream of a head that goes on in another frame.
    open_head: Option<u32>,
    first_window: u64,
    pub(crate) window: u64,
    pub(crate) max_frame_bytes: usize,
    pub(crate) pings: usize,
    pub(crate) settings: usize,
}

/// A stream that the client opened.
#[derive(Debug)]
pub(crate) struct Stream {
    /// Its first head, as far as that has come.
    head: Vec<u8>,
    /// The largest first window since it was opened, and what was added.
    first_window: u64,
    added: u64,
    is_unrecorded: bool,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            frames: Frames::after(PREFACE.len()),
            streams: HashMap::new(),
            highest: 0,
            open_head: None,
            first_window: FIRST_WINDOW,
            window: FIRST_WINDOW,
            max_frame_bytes: FIRST_MAX_FRAME_BYTES,
            pings: 0,
            settings: 0,
        }
    }
}

impl Asked {
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.frames.extend(bytes);
        while let Some(frame) = self.frames.next() {
            self.frame(&frame);
        }
    }

    /// The stream, if it was opened.
    pub(crate) fn opened(&self, stream: u32) -> Option<&Stream> {
        self.streams.get(&stream)
    }

    /// All that were.
    pub(crate) fn all_opened(&self) -> impl Iterator<Item = u32> {
        self.streams.keys().copied()
    }

    fn frame(&mut self, frame: &Frame) {
        let Frame { kind, flags, payload, .. } = frame;
        let stream = frame.stream & STREAM_BITS;
        self.highest = self.highest.max(stream);
        let open_head = self.open_head.take();
        match *kind {
            HEADERS => {
                let is_new = self.may_open(stream);
                if is_new {
                    self.streams.insert(stream, Stream::of(self.first_window));
                }
                let Some(opened) = self.streams.get_mut(&stream) else { return };
                if is_new {
                    opened.head.extend(payload);
                    self.open_head = (flags & END_HEADERS == 0).then_some(stream);
                }
                opened.look_at(payload);
            }
            CONTINUATION => {
                let Some(opened) = self.streams.get_mut(&stream) else { return };
                opened.look_at(payload);
                if open_head == Some(stream) {
                    opened.head.extend(payload);
                    self.open_head = (flags & END_HEADERS == 0).then_some(stream);
                }
            }
            SETTINGS if !frame.is_ack() => self.settings(payload),
            PING if !frame.is_ack() => self.pings += 1,
            WINDOW_UPDATE => {
                let Ok(added) = <[u8; 4]>::try_from(&**payload) else { return };
                let added = u64::from(u32::from_be_bytes(added) & STREAM_BITS);
                match self.streams.get_mut(&stream) {
                    _ if stream == 0 => self.window += added,
                    Some(opened) => opened.added += added,
                    None => {}
                }
            }
            _ => {}
        }
    }

    /// The streams of a client are odd, and each is higher than those before it (RFC 9113,
    /// 5.1.1).
    fn may_open(&self, stream: u32) -> bool {
        !stream.is_multiple_of(2) && self.streams.keys().all(|opened| *opened < stream)
    }

    fn settings(&mut self, payload: &[u8]) {
        self.settings += 1;
        for entry in payload.chunks_exact(6) {
            let value = u32::from_be_bytes([entry[2], entry[3], entry[4], entry[5]]);
            match entry[..2] {
                [0, INITIAL_WINDOW_SIZE] if value <= STREAM_BITS => {
                    self.first_window = value.into();
                    for opened in self.streams.values_mut() {
                        opened.first_window = opened.first_window.max(value.into());
                    }
                }
                [0, MAX_FRAME_SIZE] => {
                    self.max_frame_bytes = self.max_frame_bytes.max(value as usize);
                }
                _ => {}
            }
        }
    }
}

impl Stream {
    fn of(first_window: u64) -> Self {
        Self { head: Vec::new(), first_window, added: 0, is_unrecorded: false }
    }

    fn look_at(&mut self, head: &[u8]) {
        let has = |part: &&[u8]| head.windows(part.len()).any(|at| at == *part);
        self.is_unrecorded |= PARTS_OF_UNRECORDED.iter().any(has);
    }

    /// How many bytes of DATA it may have had at most.
    pub(crate) fn window(&self) -> u64 {
        self.first_window + self.added
    }

    pub(crate) fn is_unrecorded(&self) -> bool {
        self.is_unrecorded
    }

    /// Whether its call is named after it.
    pub(crate) fn has_tag(&self, stream: u32) -> bool {
        let tag = tag(stream);
        self.head.windows(tag.len()).any(|at| at == tag.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(frames: &[Frame]) -> Asked {
        let mut asked = Asked::default();
        asked.take(PREFACE);
        for frame in frames {
            asked.take(&frame.bytes());
        }
        asked
    }

    #[test]
    fn a_stream_is_opened_by_a_head_and_in_its_order() {
        let head = |stream| Frame::new(HEADERS, END_HEADERS, stream, []);
        let asked = asked(&[
            Frame::new(WINDOW_UPDATE, 0, 9, [0, 0, 0, 1]),
            head(0),
            head(2),
            head(5),
            head(3),
            head(5),
            head(7),
        ]);
        let mut opened: Vec<_> = asked.all_opened().collect();
        opened.sort_unstable();
        assert_eq!(opened, [5, 7]);
        assert_eq!(asked.highest, 9);
    }

    #[test]
    fn a_call_is_known_by_its_first_head_alone() {
        let part = |kind, flags, stream, payload: &str| Frame::new(kind, flags, stream, payload);
        let asked = asked(&[
            part(HEADERS, 0, 1, "/grpc.health.v1"),
            part(CONTINUATION, END_HEADERS, 1, "stream-00000001"),
            part(HEADERS, END_HEADERS, 3, "/a/B"),
            part(HEADERS, END_HEADERS, 3, "stream-00000003"),
        ]);
        let known = |stream| {
            let opened = asked.opened(stream).expect("it was opened");
            (opened.is_unrecorded(), opened.has_tag(stream))
        };
        assert_eq!(known(1), (true, true));
        assert_eq!(known(3), (false, false));
    }
}
