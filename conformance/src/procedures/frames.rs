//! HTTP/2 by hand, for what no client does.

use std::future::pending;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time;

use conformance_wire::Endpoint;

use crate::check::{CheckError, CheckResult};
use crate::client::Callable;

/// What an HTTP/2 client begins with (RFC 9113, 3.4).
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Longest frame that this side takes: it asks for none that is longer.
const MAX_FRAME_BYTES: usize = 16 * 1024;
/// Most frames that are passed over on the way to one that is waited for.
const MAX_FRAMES: usize = 100_000;
const HEADER_BYTES: usize = 9;
/// Most that a server says before it closes a connection.
const MAX_LAST_BYTES: u64 = 1 << 20;
/// The bit before a stream's number is reserved.
const STREAM_BITS: u32 = 0x7fff_ffff;

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;

pub(super) const ACK: u8 = 1;
pub(super) const END_STREAM: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;

pub(super) const REFUSED_STREAM: u32 = 7;
pub(super) const CANCEL: u32 = 8;
pub(super) const ENHANCE_YOUR_CALM: u32 = 11;

/// A frame.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
    pub(super) payload: Vec<u8>,
}

impl Frame {
    pub(super) fn new(kind: u8, flags: u8, stream: u32, payload: impl Into<Vec<u8>>) -> Self {
        Self { kind, flags, stream, payload: payload.into() }
    }

    /// A request's head, without an end.
    pub(super) fn head(callable: &Callable, stream: u32) -> Self {
        Self::new(HEADERS, END_HEADERS, stream, header_block(callable))
    }

    /// A request's messages, and its end.
    pub(super) fn body(callable: &Callable, stream: u32) -> Self {
        Self::new(DATA, END_STREAM, stream, callable.outgoing.frames.concat())
    }

    /// As it goes over the wire.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let [_, length @ ..] = (self.payload.len() as u32).to_be_bytes();
        [&length[..], &[self.kind, self.flags], &self.stream.to_be_bytes(), &self.payload].concat()
    }

    pub(super) fn is_ack(&self) -> bool {
        self.flags & ACK != 0
    }

    /// The error of an `RST_STREAM` or a GOAWAY.
    pub(super) fn error(&self) -> Option<u32> {
        let last = self.payload.get(if self.kind == GOAWAY { 4..8 } else { 0..4 })?;
        last.try_into().ok().map(u32::from_be_bytes)
    }
}

/// An error as RFC 9113 names it.
pub(super) fn error_name(error: u32) -> String {
    format!("the error {}", h2::Reason::from(error))
}

/// The headers of a request, each written out (RFC 7541, 6.2.2).
fn header_block(callable: &Callable) -> Vec<u8> {
    let head = &callable.outgoing.head;
    let authority = head.uri().authority().map_or("", |authority| authority.as_str());
    let mut block = Vec::new();
    for (name, value) in [
        (":method", head.method().as_str()),
        (":scheme", head.uri().scheme_str().unwrap_or("http")),
        (":authority", authority),
        (":path", head.uri().path()),
    ] {
        literal(&mut block, name.as_bytes(), value.as_bytes());
    }
    for (name, value) in head.headers() {
        literal(&mut block, name.as_str().as_bytes(), value.as_bytes());
    }
    block
}

/// A header that is not remembered by the peer.
pub(super) fn literal(block: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    const WITHOUT_INDEXING: u8 = 0;
    block.push(WITHOUT_INDEXING);
    for text in [name, value] {
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

/// A connection that says nothing by itself.
#[derive(Debug)]
pub(super) struct ByHand {
    stream: TcpStream,
    timeout: Duration,
}

impl ByHand {
    /// Connects without TLS, sends preface and settings, and takes the server's.
    pub(super) async fn open(endpoint: &Endpoint, timeout: Duration) -> CheckResult<Self> {
        let mut connection = Self { stream: endpoint.tcp().await?, timeout };
        connection.send_bytes(PREFACE).await;
        connection.send(&Frame::new(SETTINGS, 0, 0, [])).await;
        let settings = |frame: &Frame| frame.kind == SETTINGS && !frame.is_ack();
        connection.find("SETTINGS", settings).await?;
        connection.send(&Frame::new(SETTINGS, ACK, 0, [])).await;
        Ok(connection)
    }

    /// Sends a frame, unless the server has closed the connection: what comes
    /// tells.
    pub(super) async fn send(&mut self, frame: &Frame) {
        self.send_bytes(&frame.bytes()).await;
    }

    async fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.ok();
    }

    /// The first frame that is as asked for; others are passed over.
    pub(super) async fn find(
        &mut self,
        what: &str,
        is_it: impl Fn(&Frame) -> bool,
    ) -> CheckResult<Frame> {
        find(&mut self.stream, what, self.timeout, is_it).await
    }

    /// The same while this is sent, of which the server need not take all.
    pub(super) async fn find_while_sending(
        &mut self,
        bytes: &[u8],
        what: &str,
        is_it: impl Fn(&Frame) -> bool,
    ) -> CheckResult<Frame> {
        let (mut from_server, mut to_server) = self.stream.split();
        let sending = async {
            to_server.write_all(bytes).await.ok();
            pending().await
        };
        tokio::select! {
            found = find(&mut from_server, what, self.timeout, is_it) => found,
            never = sending => never,
        }
    }

    /// Waits until the server closes the connection.
    pub(super) async fn closed(&mut self) -> CheckResult {
        closed(&mut self.stream, self.timeout).await.map(drop)
    }
}

async fn find(
    stream: &mut (impl AsyncRead + Unpin),
    what: &str,
    timeout: Duration,
    is_it: impl Fn(&Frame) -> bool,
) -> CheckResult<Frame> {
    let searched = async {
        for _ in 0..MAX_FRAMES {
            match next(stream).await? {
                Some(frame) if is_it(&frame) => return Ok(frame),
                Some(_) => {}
                None => return Err(CheckError::different(what, "the end of the connection")),
            }
        }
        Err(CheckError::different(what, format!("{MAX_FRAMES} other frames")))
    };
    let silence = |_| CheckError::not_in_time(what, timeout);
    time::timeout(timeout, searched).await.map_err(silence)?
}

/// The next frame, or `None` at the end of the connection.
async fn next(stream: &mut (impl AsyncRead + Unpin)) -> CheckResult<Option<Frame>> {
    let mut header = [0; HEADER_BYTES];
    if stream.read_exact(&mut header).await.is_err() {
        return Ok(None);
    }
    let [a, b, c, kind, flags, number @ ..] = header;
    let length = u32::from_be_bytes([0, a, b, c]) as usize;
    if length > MAX_FRAME_BYTES {
        let actual = format!("one of {length}");
        return Err(CheckError::different(format!("frames of {MAX_FRAME_BYTES} bytes"), actual));
    }
    let mut payload = vec![0; length];
    if stream.read_exact(&mut payload).await.is_err() {
        return Ok(None);
    }
    let number = u32::from_be_bytes(number) & STREAM_BITS;
    Ok(Some(Frame { kind, flags, stream: number, payload }))
}

/// Waits until the server closes a connection: what came before.
pub(super) async fn closed(stream: &mut TcpStream, timeout: Duration) -> CheckResult<Vec<u8>> {
    let mut all = Vec::new();
    // A reset is an end as well.
    let end = async { stream.take(MAX_LAST_BYTES).read_to_end(&mut all).await.ok() };
    if time::timeout(timeout, end).await.is_err() {
        return Err(CheckError::not_in_time("the end of the connection", timeout));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_one_byte_or_as_many_as_it_needs() {
        for (number, bytes) in [
            (10, &[10][..]),
            (126, &[126]),
            (127, &[127, 0]),
            (254, &[127, 127]),
            (255, &[127, 128, 1]),
        ] {
            let mut block = Vec::new();
            length(&mut block, number);
            assert_eq!(block, bytes, "{number}");
        }
    }
}
