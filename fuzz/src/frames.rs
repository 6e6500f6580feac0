//! A script of HTTP/2 frames: most are well formed and at a place where they may be,
//! and any can be anything.

use conformance_wire::frames::{
    DATA, END_HEADERS, END_STREAM, Frame, GOAWAY, HEADERS, PING, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, literal,
};

use crate::input::Input;
use crate::signed::credentials;

pub(crate) const CONTINUATION: u8 = 9;
const PRIORITY: u8 = 2;
/// The bit before a stream's number is reserved.
pub(crate) const STREAM_BITS: u32 = 0x7fff_ffff;
/// The bytes of a frame before its payload.
const FRAME_HEADER_BYTES: usize = 9;
/// The bit of a head's flags that leaves its call without a name.
const UNNAMED: u8 = 2;

/// What a script sends next.
#[derive(Clone, Debug)]
pub enum Step {
    /// These bytes, mostly one frame.
    Send(Vec<u8>),
    /// Nothing for so many milliseconds.
    Wait(u64),
    /// Nothing more, ever.
    End,
}

/// Longest pause: 2 to the power of this, in milliseconds. It is beyond every limit of
/// a connection.
const MAX_WAIT: u8 = 18;

impl Step {
    /// A pause, whose logarithm the input has.
    pub(crate) fn pause(input: &mut Input<'_>) -> Self {
        Self::Wait(1 << (input.byte() % (MAX_WAIT + 1)))
    }
}

/// Texts of a side's headers and bodies that a script can choose.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary {
    /// What heads begin with, each a list of names and values.
    pub heads: &'static [&'static [(&'static str, &'static str)]],
    /// Names of further headers.
    pub names: &'static [&'static str],
    /// Values that are likely to mean something.
    pub values: &'static [&'static str],
    /// Bodies in one piece.
    pub bodies: &'static [&'static [u8]],
    /// Whether heads name their call after their stream, unless their flags have it otherwise.
    pub names_calls: bool,
}

/// The name of the call on this stream.
pub(crate) fn tag(stream: u32) -> String {
    format!("stream-{stream:08x}")
}

/// What a step is about: the first byte of it, modulo their number.
pub mod kinds {
    /// A head: stream, head, flags, number of further headers, each with its name and value. The
    /// value 4 is none, but all that a call shows of the key.
    pub const HEAD: u8 = 0;
    /// A body of the vocabulary: stream, body, flags.
    pub const BODY: u8 = 1;
    /// Any DATA: stream, flags, bytes.
    pub const RAW_BODY: u8 = 2;
    /// Any frame: kind, flags, stream, bytes.
    pub const FRAME: u8 = 3;
    /// The end of a stream: stream, code.
    pub const RESET: u8 = 4;
    /// Room for DATA: stream, number.
    pub const WINDOW: u8 = 5;
    /// SETTINGS: how many, each with its id and value.
    pub const SETTINGS: u8 = 6;
    /// PING: flags.
    pub const PING: u8 = 7;
    /// GOAWAY: stream, code.
    pub const GOAWAY: u8 = 8;
    /// A pause: its logarithm.
    pub const WAIT: u8 = 9;
    /// Bytes that are no frame.
    pub const BYTES: u8 = 10;
    /// The end.
    pub const END: u8 = 11;
    /// A head whose block goes on in another frame: as a head.
    pub const SPLIT_HEAD: u8 = 12;
    /// PRIORITY: stream, bytes.
    pub const PRIORITY: u8 = 13;
    /// How many there are.
    pub const COUNT: u8 = 14;
}

/// The next step of a script.
pub fn next_step(input: &mut Input<'_>, words: &Vocabulary) -> Step {
    Step::Send(match input.byte() % kinds::COUNT {
        kinds::HEAD => head(input, words).bytes(),
        kinds::BODY => {
            let (stream, body) = (stream(input), *input.pick(words.bodies));
            Frame::new(DATA, input.byte() & END_STREAM, stream, body).bytes()
        }
        kinds::RAW_BODY => {
            let (stream, flags) = (stream(input), input.byte() & 0x9);
            Frame::new(DATA, flags, stream, input.short()).bytes()
        }
        kinds::FRAME => {
            let (kind, flags) = (input.byte() % 12, input.byte());
            Frame::new(kind, flags, stream(input), input.short()).bytes()
        }
        kinds::RESET => with_number(RST_STREAM, stream(input), input).bytes(),
        kinds::WINDOW => with_number(WINDOW_UPDATE, stream(input), input).bytes(),
        kinds::SETTINGS => settings(input).bytes(),
        kinds::PING => Frame::new(PING, input.byte() & 1, 0, [7; 8]).bytes(),
        kinds::GOAWAY => {
            let last = stream(input).to_be_bytes();
            Frame::new(GOAWAY, 0, 0, [last, input.number().to_be_bytes()].concat()).bytes()
        }
        kinds::WAIT => return Step::pause(input),
        kinds::BYTES => input.short().to_vec(),
        kinds::END => return Step::End,
        kinds::SPLIT_HEAD => split(&head(input, words)),
        _ => Frame::new(PRIORITY, 0, stream(input), input.short()).bytes(),
    })
}

/// Streams of clients mostly: small odd numbers.
fn stream(input: &mut Input<'_>) -> u32 {
    match input.byte() {
        0xff => input.number(),
        small => small.into(),
    }
}

fn head(input: &mut Input<'_>, words: &Vocabulary) -> Frame {
    let stream = stream(input);
    let mut block = Vec::new();
    let first = *input.pick(words.heads);
    for (name, value) in first {
        literal(&mut block, name, value);
    }
    let path = first.iter().find(|(name, _)| *name == ":path").map(|(_, path)| *path);
    let flags = input.byte();
    if words.names_calls && flags & UNNAMED == 0 {
        literal(&mut block, "x-request-id", tag(stream & STREAM_BITS));
    }
    let flags = flags & END_STREAM | END_HEADERS;
    for _ in 0..input.byte() % 8 {
        let name = *input.pick(words.names);
        match input.byte() {
            0 => literal(&mut block, name, input.short()),
            1 => block.extend(input.short()),
            // Long enough for a list of headers to be too long.
            2 => literal(&mut block, name, vec![b'x'; usize::from(input.byte()) * 128]),
            4 if path.is_some() => {
                for (name, value) in path.map(credentials).into_iter().flatten() {
                    literal(&mut block, name, value);
                }
            }
            _ => literal(&mut block, name, *input.pick(words.values)),
        }
    }
    Frame::new(HEADERS, flags, stream, block)
}

/// The same in two frames.
fn split(head: &Frame) -> Vec<u8> {
    let (first, rest) = head.payload.split_at(head.payload.len() / 2);
    let first = Frame::new(HEADERS, head.flags & !END_HEADERS, head.stream, first);
    let rest = Frame::new(CONTINUATION, END_HEADERS, head.stream, rest);
    [first.bytes(), rest.bytes()].concat()
}

fn with_number(kind: u8, stream: u32, input: &mut Input<'_>) -> Frame {
    Frame::new(kind, 0, stream, input.number().to_be_bytes())
}

fn settings(input: &mut Input<'_>) -> Frame {
    let one = |input: &mut Input<'_>| {
        let id = u16::from(input.byte() % 10).to_be_bytes();
        [&id[..], &input.number().to_be_bytes()].concat()
    };
    let all: Vec<_> = (0..input.byte() % 8).flat_map(|_| one(input)).collect();
    let flags = u8::from(all.is_empty());
    Frame::new(SETTINGS, flags, 0, all)
}

/// The frames that bytes are.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    /// What comes before them.
    skipped: usize,
    /// What is no whole frame yet.
    unread: Vec<u8>,
}

impl Frames {
    /// Of a connection on which `bytes` others come first.
    pub(crate) fn after(bytes: usize) -> Self {
        Self { skipped: bytes, unread: Vec::new() }
    }

    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        let skipped = self.skipped.min(bytes.len());
        self.skipped -= skipped;
        self.unread.extend(&bytes[skipped..]);
    }

    /// The next one, if it is whole.
    pub(crate) fn next(&mut self) -> Option<Frame> {
        let [a, b, c, kind, flags, stream @ ..] =
            *self.unread.first_chunk::<FRAME_HEADER_BYTES>()?;
        let length = u32::from_be_bytes([0, a, b, c]) as usize;
        let payload = self.unread.get(FRAME_HEADER_BYTES..FRAME_HEADER_BYTES + length)?.to_vec();
        self.unread.drain(..FRAME_HEADER_BYTES + length);
        Some(Frame::new(kind, flags, u32::from_be_bytes(stream), payload))
    }
}

/// What the frames of a step have in them, one behind the other: a head in two parts is then in one,
/// as for who reads it. What is no whole frame is left as it is.
pub(crate) fn payloads(step: &[u8]) -> Vec<u8> {
    let mut frames = Frames { skipped: 0, unread: step.to_vec() };
    let mut all = Vec::new();
    while let Some(frame) = frames.next() {
        all.extend(frame.payload);
    }
    all.extend(frames.unread);
    all
}
