//! HTTP/2 frame by frame, for what no client does.

use std::collections::HashSet;

use http::Request;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::serving::Serving;
use crate::soon;

/// What an HTTP/2 client begins with (RFC 9113, 3.4).
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;

pub(crate) const ACK: u8 = 1;
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

pub(crate) const NO_ERROR: u32 = 0;
pub(crate) const CANCEL: u32 = 8;
pub(crate) const ENHANCE_YOUR_CALM: u32 = 11;

/// A frame as it goes over the wire.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a length").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The HEADERS of a call, without the end of its stream.
pub(crate) fn headers(stream: u32, head: &Request<()>) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, &header_block(head))
}

/// The headers of a call, each written out (RFC 7541, 6.2.2).
pub(crate) fn header_block(head: &Request<()>) -> Vec<u8> {
    let uri = head.uri();
    let mut block = Vec::new();
    literal(&mut block, ":method", head.method().as_str().as_bytes());
    literal(&mut block, ":scheme", b"http");
    if let Some(authority) = uri.authority() {
        literal(&mut block, ":authority", authority.as_str().as_bytes());
    }
    literal(&mut block, ":path", uri.path().as_bytes());
    for (name, value) in head.headers() {
        literal(&mut block, name.as_str(), value.as_bytes());
    }
    block
}

/// A header that is not remembered by the peer.
pub(crate) fn literal(block: &mut Vec<u8>, name: &str, value: &[u8]) {
    const WITHOUT_INDEXING: u8 = 0;
    block.push(WITHOUT_INDEXING);
    for text in [name.as_bytes(), value] {
        length(block, text.len());
        block.extend(text);
    }
}

/// A length of seven bits, and what does not fit in further bytes (RFC 7541, 5.1).
fn length(block: &mut Vec<u8>, length: usize) {
    const MOST: usize = 127;
    block.push(length.min(MOST) as u8);
    let Some(mut rest) = length.checked_sub(MOST) else { return };
    while rest > MOST {
        block.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    block.push(rest as u8);
}

/// A frame that came.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// Whether its stream ends with it.
    pub(crate) fn is_last(&self) -> bool {
        matches!(self.kind, DATA | HEADERS) && self.flags & END_STREAM != 0
    }

    /// The error of an `RST_STREAM` or a GOAWAY.
    pub(crate) fn error(&self) -> u32 {
        let at = if self.kind == GOAWAY { 4..8 } else { 0..4 };
        u32::from_be_bytes(self.payload[at].try_into().expect("four bytes"))
    }
}

/// A connection that says nothing by itself.
pub(crate) struct ByHand {
    stream: TcpStream,
}

impl ByHand {
    /// Connects, and sends preface and settings.
    pub(crate) async fn open(server: &Serving) -> Self {
        let stream = TcpStream::connect(server.address).await.expect("it listens");
        stream.set_nodelay(true).expect("it can be set");
        let mut connection = Self { stream };
        let hello = [PREFACE, &frame(SETTINGS, 0, 0, &[]), &frame(SETTINGS, ACK, 0, &[])];
        connection.send(&hello.concat()).await;
        connection
    }

    /// The same, and lets the server send nothing of any answer but its head.
    pub(crate) async fn open_without_windows(server: &Serving) -> Self {
        const INITIAL_WINDOW_SIZE: u8 = 4;
        let mut connection = Self::open(server).await;
        let none = [0, INITIAL_WINDOW_SIZE, 0, 0, 0, 0];
        connection.send(&frame(SETTINGS, 0, 0, &none)).await;
        connection
    }

    /// Sends frames.
    pub(crate) async fn send(&mut self, frames: &[u8]) {
        self.stream.write_all(frames).await.expect("the connection is open");
    }

    /// Sends frames to a server that may have closed the connection.
    pub(crate) async fn send_if_open(&mut self, frames: &[u8]) {
        soon("room for frames", self.stream.write_all(frames)).await.ok();
    }

    /// The next frame, or none at the end of the connection.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        soon("a frame", self.stream.read_exact(&mut head)).await.ok()?;
        let [a, b, c, kind, flags, stream @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        soon("a frame", self.stream.read_exact(&mut payload)).await.ok()?;
        Some(Frame { kind, flags, stream: u32::from_be_bytes(stream), payload })
    }

    /// Waits for the reset of a stream: its error.
    pub(crate) async fn reset(&mut self, stream: u32) -> u32 {
        let is_it = |frame: &Frame| frame.kind == RST_STREAM && frame.stream == stream;
        self.find("the reset", is_it).await.error()
    }

    /// The first frame that is as asked for; others are passed over.
    pub(crate) async fn find(&mut self, what: &str, is_it: impl Fn(&Frame) -> bool) -> Frame {
        let mut last = None;
        while let Some(frame) = self.next().await {
            if is_it(&frame) {
                return frame;
            }
            last = Some(frame);
        }
        panic!("the connection ends without {what}; last came {last:?}");
    }

    /// Waits until each of these streams has ended, none of them by a reset.
    pub(crate) async fn ended(&mut self, streams: &[u32]) {
        let mut open: HashSet<_> = streams.iter().copied().collect();
        while !open.is_empty() {
            let ends = |frame: &Frame| frame.is_last() || frame.kind == RST_STREAM;
            let last = self.find("the end of all streams", ends).await;
            assert_ne!(last.kind, RST_STREAM, "{last:?}");
            open.remove(&last.stream);
        }
    }
}
