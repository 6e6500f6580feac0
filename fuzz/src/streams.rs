//! What a server of HTTP/2 has sent, which is what it may send (RFC 9113).

use std::collections::HashMap;

use conformance_wire::frames::{
    DATA, END_HEADERS, Frame, GOAWAY, HEADERS, PING, RST_STREAM, SETTINGS, WINDOW_UPDATE,
};

use crate::asked::{Asked, Stream};
use crate::frames::{CONTINUATION, Frames, STREAM_BITS, tag};
use crate::recorded::Recorded;
use crate::served::Answers;

#[cfg(test)]
mod tests;

/// HTTP status 431 in the code of RFC 7541: what the transport itself answers, and no
/// audit has, if headers are far too long.
const STATUS_431: &[u8] = &[0x69, 0x90, 0xff];
/// What a tag of any stream begins with.
const TAGGED: &str = "stream-";

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    asked: Asked,
    frames: Frames,
    answers: HashMap<u32, Answer>,
    /// The stream of a head that goes on in the next frame.
    open_head: Option<u32>,
    data_bytes: u64,
    has_begun: bool,
    acks: Acks,
    /// What the last GOAWAY said.
    last_taken: Option<u32>,
}

/// How many of each it has sent.
#[derive(Debug, Default)]
struct Acks {
    settings: usize,
    pings: usize,
}

/// An answer that has begun, or a stream that was reset.
#[derive(Debug, Default)]
struct Answer {
    has_head: bool,
    has_end: bool,
    is_431: bool,
    data_bytes: u64,
}

impl Answers for Streams {
    fn asks(&mut self, bytes: &[u8]) {
        self.asked.take(bytes);
    }

    fn take(&mut self, bytes: &[u8]) {
        self.frames.extend(bytes);
        while let Some(frame) = self.frames.next() {
            self.frame(&frame);
        }
    }

    /// A call that is named after its stream has its own line. What others cannot be told
    /// apart by is how many they are.
    fn check(self, mut recorded: Recorded) {
        for stream in self.asked.all_opened() {
            assert!(recorded.lines_of(&tag(stream)) <= 1, "a call of {stream} is recorded twice");
        }
        let mut others = 0;
        for (stream, answer) in &self.answers {
            let opened = self.asked.opened(*stream);
            let is_recorded = answer.has_head && !answer.is_431;
            if !is_recorded || opened.is_none_or(Stream::is_unrecorded) {
                continue;
            }
            let is_tagged = opened.is_some_and(|it| it.has_tag(*stream));
            if !is_tagged || !recorded.take_line_of(&tag(*stream)) {
                others += 1;
            }
        }
        let of_others = recorded.rest().filter(|(id, _)| !id.starts_with(TAGGED));
        let lines = of_others.map(|(_, lines)| lines).sum::<usize>() + recorded.counted;
        assert!(others <= lines, "{others} calls were answered, and {lines} are in {recorded:?}");
    }
}

impl Streams {
    fn frame(&mut self, frame: &Frame) {
        let Frame { kind, stream, payload, .. } = frame;
        let length = payload.len();
        let told = format!("a frame of kind {kind} with {length} bytes on stream {stream}");
        assert!(length <= self.asked.max_frame_bytes, "{told}");
        let may_begin = *kind == SETTINGS && !frame.is_ack();
        assert!(self.has_begun || may_begin, "{told} before SETTINGS");
        self.has_begun = true;
        let open_head = self.open_head.take();
        assert!(
            open_head.is_none_or(|open| *kind == CONTINUATION && open == *stream),
            "{told} within a head"
        );
        match *kind {
            HEADERS => self.head(frame, &told),
            CONTINUATION => {
                assert!(open_head.is_some(), "{told} behind no head");
                self.open_head = (frame.flags & END_HEADERS == 0).then_some(*stream);
            }
            DATA => self.data(frame, &told),
            RST_STREAM => {
                assert!(length == 4 && *stream > 0, "{told}");
                // One that was not opened, or that no client may open, can be reset too.
                assert!(*stream <= self.asked.highest, "{told}, which nobody asked for");
                self.answers.entry(*stream).or_default().has_end = true;
            }
            SETTINGS => {
                assert!(*stream == 0 && length.is_multiple_of(6), "{told}");
                if frame.is_ack() {
                    self.acks.settings += 1;
                    assert!(length == 0 && self.acks.settings <= self.asked.settings, "{told}");
                }
            }
            PING => {
                assert!(*stream == 0 && length == 8, "{told}");
                self.acks.pings += usize::from(frame.is_ack());
                assert!(self.acks.pings <= self.asked.pings, "{told}");
            }
            GOAWAY => {
                assert!(*stream == 0 && length >= 8, "{told}");
                let last = number(payload) & STREAM_BITS;
                assert!(self.last_taken.is_none_or(|before| last <= before), "{told} goes back");
                self.last_taken = Some(last);
            }
            WINDOW_UPDATE => {
                assert!(length == 4 && number(payload) & STREAM_BITS > 0, "{told}");
                let is_known = *stream == 0 || self.asked.opened(*stream).is_some();
                assert!(is_known, "{told}, which nobody asked for");
            }
            _ => panic!("{told}, which no server of MFN sends"),
        }
    }

    /// A server begins an answer once, and ends it once (RFC 9113, 8.1).
    fn head(&mut self, frame: &Frame, told: &str) {
        assert!(self.asked.opened(frame.stream).is_some(), "{told}, which nobody asked for");
        let answer = self.answers.entry(frame.stream).or_default();
        assert!(!answer.has_end, "{told} after its end");
        assert!(!answer.has_head || frame.is_last(), "{told} is a second head");
        answer.has_head = true;
        answer.has_end = frame.is_last();
        answer.is_431 |= frame.payload.windows(3).any(|part| part == STATUS_431);
        self.open_head = (frame.flags & END_HEADERS == 0).then_some(frame.stream);
    }

    fn data(&mut self, frame: &Frame, told: &str) {
        let opened = self.asked.opened(frame.stream);
        let window = opened.unwrap_or_else(|| panic!("{told}, which nobody asked for")).window();
        let answer = self.answers.entry(frame.stream).or_default();
        assert!(!answer.has_end, "{told} after its end");
        assert!(answer.has_head, "{told} before its head");
        answer.has_end = frame.is_last();
        let bytes = frame.payload.len() as u64;
        answer.data_bytes += bytes;
        self.data_bytes += bytes;
        assert!(answer.data_bytes <= window, "{told} is beyond its window");
        assert!(self.data_bytes <= self.asked.window, "{told} is beyond the connection's window");
    }
}

/// The number that `bytes`, of which there are enough, begin with.
fn number(bytes: &[u8]) -> u32 {
    let bytes = bytes.first_chunk().copied();
    u32::from_be_bytes(bytes.expect("its length was looked at"))
}
